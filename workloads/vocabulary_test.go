package workloads

import "testing"

func TestEveryVocabularyCountsTheSameLanguages(t *testing.T) {
	list, source, err := Vocabularies()
	if err != nil || source == "" || len(list) < 2 {
		t.Fatalf("%d vocabularies from %q: %v", len(list), source, err)
	}
	for _, v := range list {
		if v.Size < 1000 || len(v.Models) == 0 {
			t.Errorf("%s: %d tokens, models %v", v.Name, v.Size, v.Models)
		}
		for language := range list[0].Tokens {
			per, err := v.PerCharacter(language)
			if err != nil || per <= 0 || per >= 1 {
				t.Errorf("%s: %v tokens a character of %s, %v", v.Name, per, language, err)
			}
		}
		if len(v.Tokens) != len(list[0].Tokens) {
			t.Errorf("%s counts %d languages", v.Name, len(v.Tokens))
		}
	}
}

func TestTokensOfAText(t *testing.T) {
	v, err := LookupVocabulary("qwen2.5-72b")
	if err != nil {
		t.Fatal(err)
	}
	for characters, want := range map[int]int{1: 1, 1000: 312, 100000: 31200} {
		if got, err := v.TokensOf(characters, "chinese"); err != nil || got != want {
			t.Errorf("%d characters are %d tokens, %v; want %d", characters, got, err, want)
		}
	}
	if _, err := v.TokensOf(1, "chines"); err == nil {
		t.Error("no such language, but no error")
	}
	if _, err := LookupVocabulary("gpt-4"); err == nil {
		t.Error("nobody counted gpt-4")
	}
}

func TestFromCharactersScalesEveryLength(t *testing.T) {
	v, err := LookupVocabulary("llama-3")
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.FromCharacters(Lengths{Distribution: "normal", Mean: 2000, Std: 500, Min: 1, Max: 4000}, "chinese")
	want := Lengths{Distribution: "normal", Mean: 900, Std: 225, Min: 1, Max: 1800}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if _, err := v.FromCharacters(Lengths{Distribution: "empirical"}, "chinese"); err == nil {
		t.Error("a trace's tokens were converted")
	}
}
