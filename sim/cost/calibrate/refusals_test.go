package calibrate

import (
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Columns that are sound one by one may contradict each other: at the border a row is believed, beyond it is
// refused at the column that says too much.
func TestContradictoryRowsAreRefused(t *testing.T) {
	const (
		heads = "engine,kernel,attn_dtype,kv_cache_dtype,batch_size,isl,step,num_heads,num_key_value_heads,head_dim," +
			"window_size,latency_ms\nvllm-1,x,bfloat16,bfloat16,3,500,200,32,KEYS,128,0,0.5\n"
		layer = "engine,kernel,moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,moe_ep_size," +
			"distribution,latency_ms\nsglang-1,x,bfloat16,512,7168,2048,TOP,8,SHARES,RANKS,power_law_1.2,50\n"
		exchange = "engine,node_num,hidden_size,num_token,num_topk,num_experts,combine_avg_t_us,dispatch_avg_t_us\n" +
			"sglang-1,1,7168,64,TOP,8,50,50\n"
	)
	sound := map[string]string{"KEYS": "32", "TOP": "8", "SHARES": "2048", "RANKS": "8"}
	for _, c := range []struct{ file, text, key, beyond, want string }{
		{"context_attention", heads, "KEYS", "33", "num_key_value_heads: 33 key-value heads for 32 query heads"},
		{"generation_attention", heads, "KEYS", "33", "num_key_value_heads: 33 key-value heads for 32 query heads"},
		{"moe", layer, "TOP", "9", "topk: 9 of 8 experts"},
		{"moe", layer, "SHARES", "2049", "moe_tp_size: 2049 ranks share experts of 2048"},
		{"moe", layer, "RANKS", "9", "moe_ep_size: 9 ranks for 8 experts"},
		{"deepep_low_latency", exchange, "TOP", "9", "num_topk: 9 of 8 experts"},
	} {
		file := "h100_" + c.file + ".csv.gz"
		read := func(text string) error {
			for key, value := range sound {
				text = strings.ReplaceAll(text, key, value)
			}
			_, err := Read(fstest.MapFS{file: zipped(t, text)})
			return err
		}
		if err := read(c.text); err != nil {
			t.Errorf("at the border: %v", err)
		}
		want := file + ":2: " + c.want
		if err := read(strings.ReplaceAll(c.text, c.key, c.beyond)); err == nil ||
			!strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s = %s gives %v, want %s", c.key, c.beyond, err, want)
		}
	}
}

// A row to which its law gives no time has no error that could be made small. It is refused before the fit,
// also where it is one of those that the law is not meant for.
func TestRowsWithoutATimeAreRefused(t *testing.T) {
	for _, time := range []float64{0, -1e-6, math.NaN(), math.Inf(1)} {
		for _, outside := range []bool{false, true} {
			p := synthetic(t, kernels.Default(), 0)
			s := Sample{Group: "n, k", Shape: "m", Measured: units.Millisecond,
				Predict: func(*kernels.Set) units.Seconds { return units.Seconds(time) }}
			if outside {
				p.leaveOut("no tile", s)
			} else {
				p.add("vllm-1", s)
			}
			const want = "synthetic.csv.gz: gemm.bf16 gives n, k m no time"
			fits, err := Solve(t.Context(), []*Problem{p}, nil)
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("a time of %v gives %d fits and %v, want %s", time, len(fits), err, want)
			}
		}
	}
}
