package sim

import (
	"testing"

	"pgregory.net/rapid"
)

// TensorRT-LLM copies the part of a block with which a prompt goes on after the full ones that are found, of
// whichever block has most of it (WindowBlockManager::loadOrAllocateBlocks, KVCacheBlock::findMatchingBlock),
// and keeps the last block of a sequence that has ended as far as it is filled (storeBlocksForReuse).

// part is how many tokens of the block after those that are found some block begins with, which has the same
// content before it.
func (b *blockCache) part(j *job, found []*block) (most int) {
	if b.c.Policy != "trtllm" || b.chunk == 0 || len(j.content) == 0 {
		return 0
	}
	size := b.c.Layout.BlockTokens
	from := len(found) * size
	if len(found) > 0 && found[len(found)-1].key.private {
		return 0
	}
	end := min(from+size, j.known()-1, j.Input, len(j.content)*b.chunk)
	for key, list := range b.named {
		if key.private || key.index != len(found) || len(list) == 0 {
			continue
		}
		alike := 0
		for alike < min(len(j.content), len(list[0].ids)) && j.content[alike] == list[0].ids[alike] {
			alike++
		}
		filled := size
		if key.part > 0 {
			filled = key.part
		}
		most = max(most, min(alike*b.chunk, from+filled, end)-from)
	}
	return most
}

// storePart names the block of a job that has ended in which what is known of its content ends.
func (b *blockCache) storePart(j *job) {
	size := b.c.Layout.BlockTokens
	if b.c.Policy != "trtllm" || b.chunk == 0 || len(j.content) == 0 || !j.isOver() {
		return
	}
	tokens := min(b.tokens(j), j.Input, len(j.content)*b.chunk)
	if j.beyond && j.isTold() {
		tokens = min(b.tokens(j), j.Input+j.Output-1, len(j.content)*b.chunk)
	}
	if tokens%size == 0 {
		return
	}
	x := j.blocks[tokens/size]
	key := blockKey{known: true, content: j.content[(tokens-1)/b.chunk], index: tokens / size}
	key.part = tokens % size
	if x.key.known { // as the job's own
		b.forget(x)
	}
	if len(b.named[key]) == 0 {
		x.key, x.ids = key, j.content
		b.named[key] = append(b.named[key], x)
	}
}

// TestPartsEqualOracle holds what TensorRT-LLM's cache finds of blocks against the rule, block by block.
func TestPartsEqualOracle(t *testing.T) {
	parts := 0
	rapid.Check(t, func(t *rapid.T) {
		c, once := scenario(t)
		for _, p := range poolsOf(&c) {
			p.Policy, p.PrefixCaching, p.Verify = "trtllm", true, nil
			p.Limits.SnapshotTokens = 0
			if p.Layout.Full > 0 {
				p.Layout.Full = 1
			}
			wholePages(p)
			for i := range p.Layout.Windows {
				p.Layout.Windows[i].Blocks = 1
			}
		}
		fresh := withTurns(t, once())
		want, wantFinished := outcome(t, c, fresh(), simulate)
		got, gotFinished := outcome(t, c, fresh(), engine)
		if d := sameRun(want, got, wantFinished, gotFinished); d != "" {
			t.Fatalf("oracle (-) and engine (+) differ:\n%s", d)
		}
		for _, f := range gotFinished {
			if f.Cached%c.Layout.BlockTokens > 0 {
				parts++
			}
		}
	})
	if parts == 0 {
		t.Error("no part of a block is found")
	}
}
