package workloads

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// conversations is ShareGPT's and LMSYS's conversations, and others that a record each holds one of: every
// answer is a request whose prompt is all that was said before. A turn follows the answer before it.
var conversations = format{
	name: "conversations (ShareGPT, LMSYS, OpenAI messages)",
	about: "`conversations`, `conversation`, `conversation_a` and `_b`, `messages`, `items` or `data`, a record each: an answer is a request, and follows the " +
		"answer before it; tokens by a table of characters, ids of their content",
	source: "huggingface.co/datasets/anon8231489123/ShareGPT_Vicuna_unfiltered, lmsys/lmsys-chat-1m, lmsys/chatbot_arena_conversations, " +
		"allenai/WildChat-1M, stingning/ultrachat; platform.openai.com, fine-tuning and batch input files",
	turns: true,
	open: func(first *head) rows {
		var c conversation
		if first.object == nil || json.Unmarshal(first.text, &c) != nil || len(c.said()) == 0 {
			return nil
		}
		return &conversationRows{}
	},
}

// conversation is a record in any of the notations.
type conversation struct {
	Conversations []message `json:"conversations"`  // ShareGPT
	Conversation  []message `json:"conversation"`   // LMSYS, WildChat
	Messages      []message `json:"messages"`       // OpenAI
	Items         []message `json:"items"`          // the first edition of ShareGPT
	Data          spoken    `json:"data"`           // UltraChat
	A             []message `json:"conversation_a"` // LMSYS's arena: the same user with two models
	B             []message `json:"conversation_b"`
	Body          batched   `json:"body"`          // OpenAI's batches
	OutputLength  int       `json:"output_length"` // AIPerf's, of an answer that is not there
	limits                  // of a call that stands for itself
}

// limits is how many tokens a call allows its answer, as OpenAI's kinds of calls say it.
type limits struct {
	MaxTokens           int `json:"max_tokens"`
	MaxCompletionTokens int `json:"max_completion_tokens"`
	MaxOutputTokens     int `json:"max_output_tokens"`
}

func (l limits) most() int { return max(l.MaxTokens, l.MaxCompletionTokens, l.MaxOutputTokens) }

// batched is a call of OpenAI's batches: of chat completions, completions or responses.
type batched struct {
	Messages []message `json:"messages"`
	Prompt   spoken    `json:"prompt"`
	Input    spoken    `json:"input"`
	limits
}

// spoken is what was said in turn, the user first: texts, messages, or one text alone.
type spoken []message

// UnmarshalJSON takes any of the three; what is none of them is nothing said.
func (s *spoken) UnmarshalJSON(data []byte) error {
	*s = nil
	var one string
	var texts []string
	var messages []message
	switch {
	case json.Unmarshal(data, &one) == nil:
		texts = []string{one}
	case json.Unmarshal(data, &texts) == nil:
	case json.Unmarshal(data, &messages) == nil && len(messages) > 0 && messages[0].From+messages[0].Role != "":
		*s = messages
		return nil
	default: // what was read of texts before something else stood there
		return nil
	}
	for i, text := range texts {
		*s = append(*s, message{Role: []string{"user", "assistant"}[i%2], Value: text})
	}
	return nil
}

// message is what one said.
type message struct {
	From    string          `json:"from"`
	Role    string          `json:"role"`
	Value   string          `json:"value"`
	Content json.RawMessage `json:"content"`
}

func (c *conversation) said() []message {
	for _, list := range [][]message{c.Conversations, c.Conversation, c.Messages, c.Items, c.Data,
		c.Body.Messages, c.Body.Prompt, c.A} {
		if len(list) > 0 {
			return list
		}
	}
	return c.Body.Input
}

// allowed is the length of an answer that is not there, as far as the record says.
func (c *conversation) allowed() int {
	return max(c.OutputLength, c.most(), c.Body.most())
}

// answerers are those whose messages are answers, as data sets call them.
var answerers = []string{"assistant", "gpt", "chatgpt", "model", "bot", "bard", "bing", "claude", "ai"}

func (m *message) isAnswer() bool {
	return slices.Contains(answerers, strings.ToLower(m.From+m.Role))
}

// text is what a message says, in one piece or in parts.
func (m *message) text() string {
	var text string
	if m.Content == nil || json.Unmarshal(m.Content, &text) == nil {
		return m.Value + text
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(m.Content, &parts) != nil {
		return m.Value
	}
	for _, p := range parts {
		text += p.Text
	}
	return m.Value + text
}

// conversationRows reads them.
type conversationRows struct {
	textTokens
	content content
	turns   []turn // of the present record
	next    int
	rest    []message // of a second conversation in the record
	records uint64
	empty   int // records without an answer
}

// turn is a request of a conversation.
type turn struct{ input, output int }

func (c *conversationRows) column(role int) string {
	return [roles]string{roleInput: "conversation", roleOutput: "conversation"}[role]
}

// chunk implements chunked.
func (c *conversationRows) chunk() int { return contentTokens }

// use implements texts.
func (c *conversationRows) use(t textTokens) { c.textTokens = t }

// read implements rows; it is not asked where expand is.
func (c *conversationRows) read([]byte, *Request) (instant, *mistake) { return instant{}, nil }

// begin forgets the record before.
func (c *conversationRows) begin() {
	c.turns, c.next = c.turns[:0], 0
	c.content.reset()
	c.records++
}

// expand implements several.
func (c *conversationRows) expand(record []byte) *mistake {
	c.begin()
	var said conversation
	if err := json.Unmarshal(record, &said); err != nil || !utf8.Valid(record) {
		return &mistake{"", "is not a conversation: " + oneLine(err), "write one object for each conversation"}
	}
	c.say(said.said(), said.allowed())
	if c.rest = said.B; len(c.turns) == 0 {
		c.empty++
	}
	return nil
}

// say goes through what was said, with perhaps an answer of so many tokens after it.
func (c *conversationRows) say(messages []message, output int) {
	for i := range messages {
		m := &messages[i]
		prompt := c.content.tokens
		tokens := c.textTokens.append(&c.content, m.text())
		if m.isAnswer() && prompt > 0 && tokens > 0 {
			c.turns = append(c.turns, turn{prompt, tokens})
		}
	}
	if output > 0 && output <= MaxTokens &&
		c.content.tokens > 0 && len(messages) > 0 && !messages[len(messages)-1].isAnswer() {
		c.turns = append(c.turns, turn{c.content.tokens, output})
	}
}

func oneLine(err error) string {
	if err == nil {
		return "not UTF-8 text"
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

// left implements leaving.
func (c *conversationRows) left() string {
	if c.empty == 0 {
		return ""
	}
	return fmt.Sprintf("conversations without an answer (%d) are left out", c.empty)
}

// take implements several.
func (c *conversationRows) take(r *Request) (at instant, ok bool) {
	if c.next == len(c.turns) && len(c.rest) > 0 {
		c.begin()
		c.say(c.rest, 0)
		c.rest = nil
	}
	if c.next == len(c.turns) {
		return at, false
	}
	t := c.turns[c.next]
	*r = Request{Input: t.input, Output: t.output, Session: c.records, Follows: c.next > 0, Beyond: true,
		Blocks: c.content.ids[:min(len(c.content.ids), (t.input+t.output)/contentTokens)]}
	c.next++
	return at, true
}
