package workloads

import (
	"encoding/json"
	"time"
)

// wildChat is WildChat's conversations, which say when they were answered. The first answer of each, or where
// answers have no times the record, tells when its first request arrives; others follow the answer before
// them as long after it as their answers are apart.
var wildChat = format{
	name: "WildChat",
	about: "`conversation` with the times of its answers, or the record's `timestamp`: the first request arrives then, others follow the " +
		"answer before them, as long after it as the answers are apart; tokens by a table of characters, ids of their content",
	source: "huggingface.co/datasets/allenai/WildChat-1M",
	turns:  true,
	open: func(first *head) rows {
		var c wildConversation
		if first.object["conversation_hash"] == nil || json.Unmarshal(first.text, &c) != nil ||
			len(c.Conversation) == 0 || c.Timestamp.at == nil {
			return nil
		}
		return &wildRows{}
	},
}

type wildConversation struct {
	Timestamp    wildTime      `json:"timestamp"`
	Conversation []wildMessage `json:"conversation"`
}

type wildMessage struct {
	Timestamp wildTime `json:"timestamp"`
	message
}

// wildTime is a date and time, of UTC where it does not say, or a number of s or ms since 1970; nil where it
// is none of them.
type wildTime struct{ at *time.Time }

var wildLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05 MST"}

// UnmarshalJSON takes either; something else is no time.
func (w *wildTime) UnmarshalJSON(data []byte) error {
	w.at = nil
	var text string
	var number float64
	if json.Unmarshal(data, &number) == nil && number > 0 && number < 1e14 {
		if number < 1e11 {
			number *= 1e3
		}
		at := time.UnixMilli(int64(number)).UTC()
		w.at = &at
	} else if json.Unmarshal(data, &text) == nil {
		for _, layout := range wildLayouts {
			if at, err := time.Parse(layout, text); err == nil {
				w.at = &at
				return nil
			}
		}
	}
	return nil
}

// wildRows holds them in order of their times.
type wildRows struct {
	textTokens
	book
	empty int
}

func (*wildRows) column(role int) string {
	return [roles]string{roleArrival: "timestamp", roleInput: "conversation", roleOutput: "conversation"}[role]
}

// chunk implements chunked.
func (*wildRows) chunk() int { return contentTokens }

// use implements texts.
func (w *wildRows) use(t textTokens) { w.textTokens = t }

// read implements rows; it is not asked where group is.
func (*wildRows) read([]byte, *Request) (instant, *mistake) { return instant{}, nil }

// left implements leaving.
func (w *wildRows) left() string { return (&conversationRows{empty: w.empty}).left() }

// group implements grouped.
func (w *wildRows) group(record []byte, line int) *mistake {
	var c wildConversation
	if err := json.Unmarshal(record, &c); err != nil {
		return &mistake{"", "is not a conversation: " + oneLine(err), "write one object for each conversation"}
	}
	t := w.thread("")
	var asked content
	var before *time.Time
	for i := range c.Conversation {
		m := &c.Conversation[i]
		if !m.isAnswer() {
			w.append(&asked, m.text())
			continue
		}
		var answer content
		tokens := w.append(&answer, m.text())
		if asked.tokens == 0 || tokens == 0 {
			continue
		}
		turn := bookTurn{line: line, output: tokens, prompt: piecesOf(&asked), grows: t.last != nil}
		when := m.Timestamp.at
		if when == nil && t.last == nil {
			when = c.Timestamp.at
		}
		var at *instant
		switch {
		case t.last == nil && when == nil:
			return &mistake{"timestamp", "is no date", "say when every conversation was"}
		case t.last == nil:
			at = &instant{when.Unix(), int64(when.Nanosecond()) * 1000}
		case when != nil && before != nil && when.After(*before):
			gap := when.Sub(*before)
			turn.gap = instant{int64(gap / time.Second), int64(gap%time.Second) * 1000}
		}
		if wrong := w.add(t, at, turn); wrong != nil {
			return wrong
		}
		before, asked = when, content{}
	}
	if t.last == nil {
		w.empty++
	}
	return nil
}
