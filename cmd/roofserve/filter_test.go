package main

import "testing"

func TestFiltersTake(t *testing.T) {
	object := map[string]any{
		"name": "Some-Model", "layers": 61, "params": map[string]any{"active": 37e9},
		"caches": []any{map[string]any{"kind": "mla"}, map[string]any{"kind": "window"}},
	}
	for term, want := range map[string]bool{
		"some": true, "MODEL": true, "other": false, "mla": true, "61": false,
		"layers=61": true, "layers!=61": false, "layers<61": false, "layers<=61": true, "layers>60": true, "layers>=62": false,
		"active<40B": true, "params.active>37e9": false, "active>=37g": true, "active<1T": true, "active>40000M": false,
		"kind=mla": true, "kind=MLA": true, "kind=full": false, "kind!=mla": false, "kind!=full": true, "caches.kind=window": true,
		"kind<mla": false, "layers=many": false, "layers!=many": true,
	} {
		if got := newFilter([]string{term}).takes(object); got != want {
			t.Errorf("%s: %v", term, got)
		}
	}
	if newFilter([]string{"some", "other"}).takes(object) {
		t.Error("one of two terms is enough")
	}
}
