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
	about: "`conversations`, `conversation`, `conversation_a` and `_b`, `messages`, `items`, `data`, `dialogue`, `trajectory` or `contents`, or " +
		"the calls of a batch, a record each: an answer is a request, and follows the answer before it; who says what nobody is named for " +
		"alternates; tokens by a table of characters, ids of their content",
	source: "huggingface.co/datasets/anon8231489123/ShareGPT_Vicuna_unfiltered, lmsys/lmsys-chat-1m, lmsys/chatbot_arena_conversations, " +
		"stingning/ultrachat; platform.openai.com, docs.anthropic.com, docs.aws.amazon.com/bedrock and " +
		"ai.google.dev, fine-tuning and batch input files; github.com/sgl-project/sglang, bench_serving (custom)",
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
	Conversations told      `json:"conversations"`  // ShareGPT
	Conversation  told      `json:"conversation"`   // LMSYS, WildChat
	Messages      told      `json:"messages"`       // OpenAI
	Items         []message `json:"items"`          // the first edition of ShareGPT
	Data          spoken    `json:"data"`           // UltraChat
	A             []message `json:"conversation_a"` // LMSYS's arena: the same user with two models
	B             []message `json:"conversation_b"`
	History       spoken    `json:"history"`    // SWE-agent
	Trajectory    spoken    `json:"trajectory"` // of agents
	Dialogue      spoken    `json:"dialogue"`
	Dialog        spoken    `json:"dialog"`
	Contents      gemini    `json:"contents"`      // Gemini
	Body          batched   `json:"body"`          // OpenAI's batches
	Params        loose     `json:"params"`        // Anthropic's
	ModelInput    loose     `json:"modelInput"`    // Bedrock's
	Request       loose     `json:"request"`       // Gemini's, if it has contents
	OutputLength  int       `json:"output_length"` // AIPerf's, of an answer that is not there
	limits                  // of a call that stands for itself
}

// limits is how many tokens a call allows its answer, as OpenAI's kinds of calls say it.
type limits struct {
	MaxTokens           int `json:"max_tokens"`
	MaxCompletionTokens int `json:"max_completion_tokens"`
	MaxOutputTokens     int `json:"max_output_tokens"`
	MaxNewTokens        int `json:"max_new_tokens"`
	MaxTokensCamel      int `json:"maxOutputTokens"`
}

func (l limits) most() int {
	return max(l.MaxTokens, l.MaxCompletionTokens, l.MaxOutputTokens, l.MaxNewTokens, l.MaxTokensCamel)
}

// batched is a call of a batch: OpenAI's of chat completions, completions or responses, or Gemini's.
type batched struct {
	Messages   []message `json:"messages"`
	Prompt     spoken    `json:"prompt"`
	Input      spoken    `json:"input"`
	Contents   gemini    `json:"contents"`
	Generation limits    `json:"generation_config"`
	limits
}

// said is what a call says.
func (b *batched) said() []message {
	for _, list := range [][]message{b.Messages, b.Prompt, b.Contents} {
		if len(list) > 0 {
			return list
		}
	}
	return b.Input
}

func (b *batched) most() int { return max(b.limits.most(), b.Generation.most()) }

// loose is a call where one may stand, or something else.
type loose struct{ batched }

// UnmarshalJSON takes a call; what is none says nothing.
func (l *loose) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &l.batched) != nil {
		l.batched = batched{}
	}
	return nil
}

// gemini is messages in parts, as Gemini has them; what is none of them is nothing said.
type gemini []message

// UnmarshalJSON takes them.
func (g *gemini) UnmarshalJSON(data []byte) error {
	var list []message
	if *g = nil; json.Unmarshal(data, &list) == nil && len(list) > 0 && len(list[0].Parts) > 0 {
		*g = list
	}
	return nil
}

// told is messages, also where they are JSON in a text (SWE-smith).
type told []message

// UnmarshalJSON takes either.
func (t *told) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		data = []byte(text)
	}
	return json.Unmarshal(data, (*[]message)(t))
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
	case json.Unmarshal(data, &messages) == nil && len(messages) > 0 && messages[0].who() != "":
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
	Speaker string          `json:"speaker"`
	Value   string          `json:"value"`
	Text    json.RawMessage `json:"text"`
	Content json.RawMessage `json:"content"`
	Parts   []part          `json:"parts"`
}

// part is a piece of a message.
type part struct {
	Text string `json:"text"`
}

// who is the one that said a message; "" where that is not told.
func (m *message) who() string { return m.From + m.Role + m.Speaker }

func (c *conversation) said() []message {
	for _, list := range [][]message{c.Conversations, c.Conversation, c.Messages, c.Items, c.Data,
		c.History, c.Trajectory, c.Dialogue, c.Dialog, c.Contents, c.Body.said(), c.Params.said(),
		c.ModelInput.said(), c.Request.Contents} {
		if len(list) > 0 {
			return list
		}
	}
	return c.A
}

// allowed is the length of an answer that is not there, as far as the record says.
func (c *conversation) allowed() int {
	return max(c.OutputLength, c.most(), c.Body.most(), c.Params.most(), c.ModelInput.most(),
		c.Request.Generation.most())
}

// answerers are those whose messages are answers, as data sets call them.
var answerers = []string{"assistant", "gpt", "chatgpt", "model", "bot", "bard", "bing", "claude", "ai"}

func (m *message) isAnswer() bool {
	return slices.Contains(answerers, strings.ToLower(m.who()))
}

// text is what a message says, in one piece or in parts.
func (m *message) text() string {
	text := m.Value
	for _, p := range m.Parts {
		text += p.Text
	}
	var one string
	if json.Unmarshal(m.Text, &one) == nil {
		text += one
	}
	var parts []part
	if one = ""; json.Unmarshal(m.Content, &one) == nil {
		return text + one
	}
	if json.Unmarshal(m.Content, &parts) == nil {
		for _, p := range parts {
			text += p.Text
		}
	}
	return text
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
	silent := !slices.ContainsFunc(messages, func(m message) bool { return m.who() != "" })
	answers := func(i int) bool { return silent && i%2 == 1 || messages[i].isAnswer() }
	for i := range messages {
		prompt := c.content.tokens
		tokens := c.textTokens.append(&c.content, messages[i].text())
		if answers(i) && prompt > 0 && tokens > 0 {
			c.turns = append(c.turns, turn{prompt, tokens})
		}
	}
	if output > 0 && output <= MaxTokens &&
		c.content.tokens > 0 && len(messages) > 0 && !answers(len(messages)-1) {
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
