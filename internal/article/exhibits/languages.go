package exhibits

import (
	"fmt"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/study/deployments"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/workloads"
)

// Requests of the study of languages, in characters, and how many are served at once.
const (
	promptCharacters = 2000
	answerCharacters = 500
	readers          = 64
)

// speakers are models with a vocabulary each.
var speakers = [...]struct{ title, model, vocabulary string }{
	{"Qwen2.5-72B", "qwen2.5-72b", "qwen2.5"},
	{"Qwen2.5-72B, were its vocabulary Llama 3's", "qwen2.5-72b", "llama-3"},
	{"Llama-3.1-70B", "llama-3.1-70b", "llama-3"},
}

// spoken are the languages of the article's table.
var spoken = [...]struct{ name, title string }{
	{"english", "English"}, {"chinese", "Chinese"}, {"japanese", "Japanese"}, {"python", "Python code"}, {"mixed", "mixed CJK and English"},
}

// saying is what a text costs a speaker.
type saying struct {
	tokens                float64 // of prompt and answer
	cache                 float64 // bytes
	ttft, requests, chars float64 // seconds; a second
}

// languages asks what fewer tokens mean for serving.
func languages(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "qwen", Title: "What fewer tokens are worth"}
	e.Table.Columns = []string{"text", "model and vocabulary", "tokens of a request", "cache of a request", "first token, alone",
		fmt.Sprintf("requests/s, %d at once", readers), "characters of answers/s"}
	var own, other saying // Chinese, with and without the larger vocabulary
	for _, language := range spoken {
		said := make([]saying, len(speakers))
		for i, s := range speakers {
			var err error
			if said[i], err = say(l, s.model, s.vocabulary, language.name); err != nil {
				return nil, err
			}
			e.Table.Add(language.title, s.title, claims.Write(said[i].tokens, ""), claims.Write(said[i].cache, "GB"),
				claims.Write(said[i].ttft, "ms"),
				claims.Number(said[i].requests), claims.Number(said[i].chars))
		}
		a, b := said[0], said[1]
		e.Table.Add(language.title, "**gain of the vocabulary alone**", less(a.tokens, b.tokens), less(a.cache, b.cache), less(a.ttft, b.ttft),
			more(a.requests, b.requests), more(a.chars, b.chars))
		if language.name == "chinese" {
			own, other = a, b
		}
	}
	e.Text = fmt.Sprintf(`Requests of %s + %s characters on four A100-80GB, TP 4, bf16. The workload is given in characters and each vocabulary turns it into tokens
(`+"`workload.synthetic.language`"+`). The second row of each language is the same model with Llama 3's count of tokens, so that the gain is the
vocabulary's alone. For Chinese, %s fewer tokens are %s cache, %s time to the first token, and %s requests a second: under load fewer
tokens help twice, since a shorter answer also takes fewer steps. YaRN, in contrast, changes the angles of positions and costs nothing.`,
		claims.Number(promptCharacters), claims.Number(answerCharacters),
		claims.Write(1-own.tokens/other.tokens, "%"), less(own.cache, other.cache),
		less(own.ttft, other.ttft), more(own.requests, other.requests))
	return e, nil
}

// say measures one speaker in one language.
func say(l *article.Lab, model, vocabulary, language string) (saying, error) {
	d := deployments.Deployment{Model: model, Device: "a100-sxm-80gb", GPUs: 4, TP: 4, Weights: fp16}
	load := deployments.ClosedLoop{
		Users: 1, Input: promptCharacters, Output: answerCharacters, Language: language,
		Vocabulary: vocabulary,
	}
	alone, err := l.Run(d, load)
	if err != nil {
		return saying{}, err
	}
	load.Users = readers
	crowd, err := l.Run(d, load)
	if err != nil {
		return saying{}, err
	}
	v, err := workloads.LookupVocabulary(vocabulary)
	if err != nil {
		return saying{}, err
	}
	prompt, err := v.TokensOf(promptCharacters, language)
	if err != nil {
		return saying{}, err
	}
	reply, err := v.TokensOf(answerCharacters, language)
	if err != nil {
		return saying{}, err
	}
	m, err := l.Model(model)
	if err != nil {
		return saying{}, err
	}
	requests := crowd.Output / float64(reply)
	return saying{tokens: float64(prompt + reply),
		cache: float64(m.StateBytesAt(prompt+reply, &arch.Precision{})), ttft: alone.TTFT * 1e-3,
		requests: requests, chars: requests * answerCharacters}, nil
}

// less and more write how much smaller or larger one number is than another.
func less(a, b float64) string { return claims.Write(1-a/b, "%") + " less" }
func more(a, b float64) string { return claims.Write(a/b-1, "%") + " more" }
