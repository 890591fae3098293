package arch

// MaxReaches bounds how many different reaches one model may mix.
const MaxReaches = 4

// Load is what one step asks of a layer, as the few sums that counts and costs depend on, for the sequences
// of one data-parallel rank. Sums over keys have one element for each of Model.Reaches, in that order.
type Load struct {
	// Decodes is the number of rows of sequences that decode: one each, or Queries where a step verifies drafts.
	Decodes int
	// Queries is the number of rows of each sequence that decodes; 0 counts as 1.
	Queries int
	// DecodeKeys is the sum over these sequences of the keys that their first query token sees, itself included.
	DecodeKeys [MaxReaches]int64
	// Chunks is the number of prefill chunks in the step, ChunkTokens their new tokens, and Longest those of the
	// longest.
	Chunks, ChunkTokens, Longest int
	// ChunkPairs is the sum of query-key pairs over all the chunks' tokens.
	ChunkPairs [MaxReaches]int64
	// ChunkKeys is the sum over chunks of the distinct keys that the chunk reads, new ones included.
	ChunkKeys [MaxReaches]int64
	// Earlier is the sum over chunks of tokens that were cached before the step (what naive MLA expands again).
	Earlier int64
	// Samples is the number of rows for which logits are computed.
	Samples int
}

// Tokens is the number of rows that every linear layer sees.
func (l *Load) Tokens() int { return l.Decodes + l.ChunkTokens }

// Decoding is the number of sequences that decode.
func (l *Load) Decoding() int { return l.Decodes / max(1, l.Queries) }

// AddDecode adds a sequence that decodes one token, its context being that many tokens with the new one.
func (l *Load) AddDecode(reaches []Reach, context int) {
	l.Decodes++
	l.Samples++
	for i, r := range reaches {
		l.DecodeKeys[i] += int64(r.Keys(context))
	}
}

// AddChunk adds a prefill chunk of n new tokens after cached ones; samples tells whether it ends its prompt.
func (l *Load) AddChunk(reaches []Reach, cached, n int, samples bool) {
	l.Chunks++
	l.ChunkTokens += n
	if n > l.Longest {
		l.Longest = n
	}
	l.Earlier += int64(cached)
	if samples {
		l.Samples++
	}
	for i := 0; i < len(reaches); i++ { // rather than over copies of them
		r := &reaches[i]
		l.ChunkPairs[i] += r.Pairs(cached, n)
		l.ChunkKeys[i] += r.Span(cached, n)
	}
}
