package scenarios

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/workloads"
)

// asked is a prompt and its answer, both as lists of tokens, each named so that equal names mean equal
// tokens.
type asked struct{ prompt, answer []string }

// reuse counts the full blocks of 16 tokens of all prompts, and of them those that stood at the beginning of
// an earlier request, answer included but for its last token, whose keys and values nobody computes. Of a
// prompt one token is computed in any case.
func reuse(requests []asked) (hits, blocks int) {
	const block = 16
	seen := map[string]bool{}
	for _, q := range requests {
		blocks += len(q.prompt) / block
		names := make([]string, 0, len(q.prompt)/block)
		context := append(append([]string(nil), q.prompt...), q.answer...)
		for i := block; i < len(context); i += block {
			names = append(names, strings.Join(context[:i], "|"))
		}
		for i := 0; i < (len(q.prompt)-1)/block && seen[names[i]]; i++ {
			hits++
		}
		for _, name := range names {
			seen[name] = true
		}
	}
	return hits, blocks
}

// checkReuse runs a trace with a cache that holds everything.
func checkReuse(t *testing.T, lines []string, requests []asked) {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	if err := os.WriteFile(trace, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	s := named(t, "model.name=llama-3.1-8b", "hardware.device=h100-sxm-80gb", "hardware.gpus=1",
		"engine.num_gpu_blocks=2000000", "engine.block_size=16", "workload.trace="+trace)
	b, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Run(t.Context(), Hooks{Check: true})
	if err != nil {
		t.Fatal(err)
	}
	hits, blocks := reuse(requests)
	got := r.Result.Prefix
	if int(got.HitBlocks) != hits || int(got.Blocks) != blocks ||
		r.Result.Completed != len(requests) || hits == 0 {
		t.Errorf("%d of %d blocks hit in %d requests; the file's reuse is %d of %d in %d", got.HitBlocks, got.Blocks,
			r.Result.Completed, hits, blocks, len(requests))
	}
}

// piece is the tokens of a stretch of content with a name.
func piece(name string, tokens int) (list []string) {
	for i := range tokens {
		list = append(list, fmt.Sprintf("%s.%d", name, i))
	}
	return list
}

// Prompts of Bailian's form: chats that go on, of three system prompts.
func TestHitsAreBailiansReuse(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var lines []string
	var requests []asked
	chats := map[int][]int{} // the ids of each chat's prompt
	next := 100
	for i := range 300 {
		parent := -1
		var ids []int
		if i > 20 && random.IntN(2) == 0 {
			parent = random.IntN(i)
			ids = append(ids, chats[parent]...)
		} else {
			for j := range 5 {
				ids = append(ids, 10*(i%3)+j)
			}
		}
		for range 1 + random.IntN(30) {
			ids = append(ids, next)
			next++
		}
		input := 16*len(ids) - random.IntN(16)
		output := 1 + random.IntN(100)
		text, _ := json.Marshal(ids)
		lines = append(lines, fmt.Sprintf(`{"chat_id": %d, "parent_chat_id": %d, "timestamp": %.3f, "input_length": %d, "output_length": %d, "type": "text", "turn": 1, "hash_ids": %s}`,
			i, parent, 0.1*float64(i), input, output, text))
		var prompt []string
		for _, id := range ids {
			prompt = append(prompt, piece(fmt.Sprint(id), 16)...)
		}
		requests = append(requests, asked{prompt[:input], piece(fmt.Sprint("answer", i), output)})
		chats[i] = ids[:input/16]
	}
	checkReuse(t, lines, requests)
}

// Sessions as AIPerf writes them: rows hold what each turn adds.
func TestHitsAreSessionsReuse(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var lines []string
	var requests []asked
	next := 1000
	for session := range 40 {
		var context []string
		for turn := range 1 + random.IntN(6) {
			var ids []int
			if turn == 0 {
				ids = append(ids, 0, 1, 2+session%4)
			}
			for range 1 + random.IntN(3) {
				ids = append(ids, next)
				next++
			}
			input := 512*len(ids) - random.IntN(512)
			output := 1 + random.IntN(200)
			text, _ := json.Marshal(ids)
			when := fmt.Sprintf(`"timestamp": %d`, 700*session)
			if turn > 0 {
				when = fmt.Sprintf(`"delay": %.1f`, 1000*random.Float64())
			}
			lines = append(lines, fmt.Sprintf(`{"session_id":"sess-%x","input_length":%d,"output_length":%d,"hash_ids":%s,%s}`,
				session, input, output, text, when))
			var added []string
			for _, id := range ids {
				added = append(added, piece(fmt.Sprint(id), 512)...)
			}
			prompt := append(append([]string(nil), context...), added[:input]...)
			answer := piece(fmt.Sprint("answer", session, turn), output)
			requests = append(requests, asked{prompt, answer})
			context = append(append([]string(nil), prompt...), answer...)
		}
	}
	checkReuse(t, lines, requests)
}

// cut makes tokens of a text: a token ends with the character with which the sum of what characters take
// reaches its number, and a rest of half a token is one more.
func cut(text string, per float64) (tokens []string) {
	sum, token := 0.0, ""
	for _, c := range text {
		token += string(c)
		if sum += per; sum >= float64(len(tokens)+1) {
			tokens, token = append(tokens, token), ""
		}
	}
	if len(tokens) == 0 || sum-float64(len(tokens)) >= 0.5 {
		tokens = append(tokens, token)
	}
	return tokens
}

// Conversations of ShareGPT's form, some of which begin alike.
func TestHitsAreConversationsReuse(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	words := strings.Fields("which of these would a careful reader take for the answer and why is it not the other one")
	say := func() string {
		var said []string
		for range 1 + random.IntN(150) {
			said = append(said, words[random.IntN(len(words))])
		}
		return strings.Join(said, " ")
	}
	v, err := workloads.LookupVocabulary("llama-3.1-8b")
	if err != nil {
		t.Fatal(err)
	}
	per, err := v.PerCharacter("english")
	if err != nil {
		t.Fatal(err)
	}
	system := say() + say()
	var file []map[string]any
	var requests []asked
	for i := range 60 {
		var messages []map[string]string
		var context []string
		tell := func(from, text string) {
			messages = append(messages, map[string]string{"from": from, "value": text})
		}
		if i%3 > 0 {
			tell("system", system)
			context = cut(system, per)
		}
		for range 1 + random.IntN(5) {
			question, answer := say(), say()
			tell("human", question)
			tell("gpt", answer)
			prompt := append(append([]string(nil), context...), cut(question, per)...)
			requests = append(requests, asked{prompt, cut(answer, per)})
			context = append(append([]string(nil), prompt...), cut(answer, per)...)
		}
		file = append(file, map[string]any{"id": fmt.Sprint(i), "conversations": messages})
	}
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	checkReuse(t, []string{string(text)}, requests)
}
