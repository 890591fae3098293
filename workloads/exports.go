package workloads

import (
	"encoding/json"
	"slices"
)

// exports is what people get of their own chats from the services that they were held at, a chat a record.
var exports = format{
	name: "exports of chats (ChatGPT, Claude, Open WebUI)",
	about: "`mapping` of messages by their ids, `chat_messages`, or `chat` with `messages`: an answer is a request, and follows the answer " +
		"before it; of several answers that on the way to `current_node`, or the last; tokens by a table of characters, ids of their content",
	source: "help.openai.com, export of data (conversations.json); support.claude.com, export of data; docs.openwebui.com",
	turns:  true,
	open: func(first *head) rows {
		var e export
		if first.object == nil || json.Unmarshal(first.text, &e) != nil || len(e.said()) == 0 {
			return nil
		}
		return &exportRows{}
	},
}

// export is a chat in any of the three forms.
type export struct {
	Claude []struct {
		Sender  string `json:"sender"`
		Text    string `json:"text"`
		Content []part `json:"content"`
	} `json:"chat_messages"`
	OpenWebUI struct {
		Messages []message `json:"messages"`
	} `json:"chat"`
	ChatGPT map[string]chatNode `json:"mapping"`
	Current string              `json:"current_node"`
}

// chatNode is a message of ChatGPT, with those that follow it.
type chatNode struct {
	Parent   string   `json:"parent"`
	Children []string `json:"children"`
	Message  *struct {
		Author struct {
			Role string `json:"role"`
		} `json:"author"`
		Content struct {
			Parts []json.RawMessage `json:"parts"`
			Text  string            `json:"text"`
		} `json:"content"`
	} `json:"message"`
}

// said is what was said, first to last.
func (e *export) said() []message {
	if len(e.OpenWebUI.Messages) > 0 {
		return e.OpenWebUI.Messages
	}
	var list []message
	for _, m := range e.Claude {
		text := m.Text
		for i := 0; i < len(m.Content) && m.Text == ""; i++ {
			text += m.Content[i].Text
		}
		list = append(list, message{From: m.Sender, Value: text})
	}
	for _, id := range e.way() {
		if m := e.ChatGPT[id].Message; m != nil {
			said := message{From: m.Author.Role, Value: m.Content.Text}
			for _, raw := range m.Content.Parts {
				var text string
				if json.Unmarshal(raw, &text) == nil { // else it is an image
					said.Value += text
				}
			}
			list = append(list, said)
		}
	}
	return list
}

// way is the ids of the messages of ChatGPT on the way from the first to the one that was shown last.
func (e *export) way() []string {
	at := e.Current
	if _, is := e.ChatGPT[at]; !is {
		for id, n := range e.ChatGPT {
			if n.Parent == "" && (at == "" || id < at) {
				at = id
			}
		}
		for range e.ChatGPT {
			if next := e.ChatGPT[at].Children; len(next) > 0 {
				at = next[len(next)-1]
			}
		}
	}
	var way []string
	for range e.ChatGPT { // no more often, should the parents go round
		n, is := e.ChatGPT[at]
		if !is {
			break
		}
		way, at = append(way, at), n.Parent
	}
	slices.Reverse(way)
	return way
}

// exportRows reads them.
type exportRows struct{ conversationRows }

// expand implements several.
func (c *exportRows) expand(record []byte) *mistake {
	c.begin()
	var e export
	if err := json.Unmarshal(record, &e); err != nil {
		return &mistake{"", "is no chat: " + oneLine(err), "write one object for each chat"}
	}
	if c.say(e.said(), 0); len(c.turns) == 0 {
		c.empty++
	}
	return nil
}
