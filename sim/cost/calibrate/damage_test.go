package calibrate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/gzip"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// smallFiles are the columns of each family's files, with the words or numbers that a cell may hold. A name
// in capitals is a cell of its own kind: TIME, a time in ms or µs.
var smallFiles = []struct{ family, file, columns string }{
	{"collective", "a100_nccl", "engine=nccl-2.27.3 op_name=all_gather|all_reduce|alltoall nccl_dtype=half|int8 num_gpus=2|4|8 message_size=256|65536|1048576 latency_ms=TIME"},
	{"allreduce", "h100_allreduce", "engine=vllm-0.24.0 kernel=a_graph|a_eager num_gpus=2|4|8 message_size=128|4096|1048576 latency_ms=TIME"},
	{"launch", "a100_allreduce", "engine=sglang-0.5.10 kernel=a_eager num_gpus=2|4|8 message_size=128|4096 latency_ms=TIME"},
	{"gemm", "h100_gemm", "engine=trtllm-1.0.0 gemm_dtype=bfloat16|fp8|int4_wo m=1|64|4096 n=64|512|8192 k=512|4096 latency_ms=TIME"},
	{"batched", "a100_mla_bmm", "engine=sglang-0.5.10 op_name=mla_gen_pre|mla_gen_post bmm_dtype=bfloat16 num_tokens=1|64|4096 num_heads=16|128 latency_ms=TIME"},
	{"prefill", "h100_context_attention", "engine=sglang-0.5.14 kernel=fa3 batch_size=1|4 isl=128|4096 num_heads=8|64 num_key_value_heads=0|4|8 head_dim=64|128 attn_dtype=bfloat16|fp8 kv_cache_dtype=bfloat16|fp8 step=0 window_size=|0|512 latency_ms=TIME"},
	{"decode", "a100_generation_attention", "engine=vllm-0.14.0 kernel=fa batch_size=1|64 isl=1 num_heads=8|64 num_key_value_heads=4|8 head_dim=128 kv_cache_dtype=bfloat16 step=255|4095|131071 window_size= latency_ms=TIME"},
	{"experts", "h100_moe", "engine=sglang-0.5.14 kernel=triton moe_dtype=bfloat16|fp8_block num_tokens=1|64|4096 hidden_size=4096 inter_size=2048|14336 topk=2|8 num_experts=8|256 moe_tp_size=1|4 moe_ep_size=1|8 distribution=power_law_1.01|power_law_1.2 latency_ms=TIME"},
	{"latent-decode", "a100_generation_mla", "engine=sglang-0.5.14 kernel=default kv_cache_dtype=bfloat16|fp8 num_heads=16|128 batch_size=1|256 isl=1 step=255|4095|131071 latency_ms=TIME"},
	{"latent-decode", "h100_mla_generation_module", "engine=vllm-0.24.0 kernel=FLASHMLA model=V3 kv_cache_dtype=bfloat16|fp8 gemm_type=bfloat16|fp8_block num_heads=16|128 batch_size=64|256 isl=1 step=4095|131071 latency_ms=TIME"},
	{"latent-prefill", "h100_context_mla", "engine=trtllm-1.0.0 kernel=default kv_cache_dtype=bfloat16|fp8 num_heads=16|128 batch_size=1|8 isl=128|4096 step=0 latency_ms=TIME"},
	{"latent-prefill", "h100_mla_context_module", "engine=vllm-0.24.0 kernel=FLASH_ATTN model=V3 kv_cache_dtype=bfloat16|fp8 gemm_type=bfloat16 num_heads=16|128 batch_size=1|8 isl=128|4096 step=0 latency_ms=TIME"},
	{"sparse", "h100_dsa_generation_module", "engine=vllm-0.24.0 kernel=x|y_skip_indexer model=V3.2|GLM-5 kv_cache_dtype=bfloat16|fp8 gemm_type=bfloat16 num_heads=64|128 batch_size=16|64 isl=1 step=1|2|16|1024|4096|16384 latency_ms=TIME"},
	{"sparse", "h100_dsa_context_module", "engine=sglang-0.5.14 kernel=x|y_skip_indexer model=V3.2 kv_cache_dtype=bfloat16|fp8 gemm_type=bfloat16 num_heads=64|128 batch_size=1|2 isl=2048|8192 step=0|8192 latency_ms=TIME"},
	{"selected", "h100_dsv4_csa_generation_module", "engine=vllm-0.24.0 model=V4-Flash|V4-Pro kv_cache_dtype=fp8|fp8_e4m3 gemm_type=bfloat16|fp8_block num_heads=8|64 batch_size=1|64 isl=1 step=2|4096|65536 compress_ratio=4|128 latency_ms=TIME"},
	{"selected", "h100_dsv4_hca_context_module", "engine=sglang-0.5.14 model=V4-Flash kv_cache_dtype=fp8 gemm_type=bfloat16 num_heads=8|64 batch_size=1|4 isl=8|512|4096 step=0|8192 compress_ratio=128 latency_ms=TIME"},
	{"selected", "h100_msa_generation_module", "engine=vllm-0.24.0|trtllm-1.3.0 kv_cache_dtype=bfloat16|fp8 gemm_type=bfloat16 num_heads=1|8|64 batch_size=1|64 isl=1 step=2|4096|65536 latency_ms=TIME"},
	{"selected", "h100_msa_context_module", "engine=vllm-0.24.0 kv_cache_dtype=bfloat16|fp8 gemm_type=bfloat16|fp8_block num_heads=8|64 batch_size=1|4 isl=8|512|4096 step=0|8192 latency_ms=TIME"},
	{"recurrence", "h100_gated_delta_net", "engine=vllm-0.24.0 kernel=causal_conv1d_fn|chunk phase=context|generation batch_size=1|64 seq_len=1|4096 d_conv=4 num_k_heads=16 head_k_dim=128 num_v_heads=32|64 head_v_dim=128 model_name=m latency_ms=TIME"},
	{"recurrence", "h100_mamba2", "engine=trtllm-1.3.0 kernel=causal_conv1d_update|scan phase=context|generation batch_size=1|64 seq_len=1|4096 d_conv=4 n_groups=8 nheads=64|128 d_state=128 head_dim=64 model_name=m latency_ms=TIME"},
	{"alltoall", "h100_deepep_low_latency", "engine=sglang-0.5.12 node_num=1 hidden_size=2048|7168 num_token=1|128 num_topk=8 num_experts=128|256 combine_avg_t_us=TIME dispatch_avg_t_us=TIME"},
	{"alltoall", "h100_deepep_normal", "engine=sglang-0.5.12 node_num=1 hidden_size=2048|7168 num_token=1024|16384 num_topk=8 num_experts=128|256 dispatch_sms=20|4 dispatch_transmit_us=TIME combine_transmit_us=TIME"},
}

// smallRows is how many rows each small file has.
const smallRows = 24

// smallTable draws a table of rows.
func smallTable(random *rand.Rand, columns string) [][]string {
	var header []string
	var choices [][]string
	for _, column := range strings.Fields(columns) {
		name, values, _ := strings.Cut(column, "=")
		header, choices = append(header, name), append(choices, strings.Split(values, "|"))
	}
	table := [][]string{header}
	for range smallRows {
		row := make([]string, len(header))
		for i, values := range choices {
			if row[i] = values[random.IntN(len(values))]; row[i] == "TIME" {
				row[i] = strconv.FormatFloat(0.1*math.Exp(random.NormFloat64()), 'g', 6, 64)
			}
		}
		table = append(table, row)
	}
	return table
}

// oddCells are what no number of a measured file is, and what some could be.
var oddCells = []string{"", "nan", "NaN", "inf", "-inf", "-1", "-0", "0", "0.5", "1", "3", "7", "1e6", "1e300", "1e-300", "1e400", "-1e9", "99999999999999999999", "0x10", "x", " 1", "1 ",
	"fp8", "\x00", "../../x-1", "a\"b", "1,2", "\xff"}

// damageTable changes a table in one place, and says how.
func damageTable(random *rand.Rand, table [][]string) string {
	row, column := 1+random.IntN(len(table)-1), random.IntN(len(table[0]))
	switch random.IntN(9) {
	case 0, 1, 2:
		table[row][column] = oddCells[random.IntN(len(oddCells))]
		return fmt.Sprintf("cell %q", table[row][column])
	case 3:
		other := random.IntN(len(table[0]))
		table[row][column], table[row][other] = table[row][other], table[row][column]
		return "two cells of a row change places"
	case 4:
		factor := math.Pow(10, float64(random.IntN(25)-12))
		for _, cells := range table[1:] {
			if v, err := strconv.ParseFloat(cells[column], 64); err == nil {
				cells[column] = strconv.FormatFloat(v*factor, 'g', -1, 64)
			}
		}
		return fmt.Sprintf("column %s times %g", table[0][column], factor)
	case 5:
		table[row] = slices.Delete(slices.Clone(table[row]), column, column+1)
		return "a cell is missing"
	case 6:
		table[0][column] = table[0][random.IntN(len(table[0]))]
		return "a column has another's name"
	case 7:
		for i := range table {
			table[i] = slices.Delete(slices.Clone(table[i]), column, column+1)
		}
		return "a column is missing"
	default:
		for _, cells := range table[1:] {
			cells[column] = table[row][column]
		}
		return "a column is the same in all rows"
	}
}

// zip is a table as a compressed file.
func zip(table [][]string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for _, row := range table {
		fmt.Fprintln(w, strings.Join(row, ","))
	}
	w.Close()
	return b.Bytes()
}

// damageFile changes compressed bytes.
func damageFile(random *rand.Rand, data []byte) ([]byte, string) {
	switch random.IntN(4) {
	case 0:
		return data[:random.IntN(len(data))], "cut off"
	case 1:
		data = slices.Clone(data)
		data[random.IntN(len(data))] ^= byte(1 << random.IntN(8))
		return data, "a bit is wrong"
	case 2:
		return zip(nil), "empty"
	default:
		return slices.Concat(data, data), "twice"
	}
}

// checkDamaged reads and fits a folder: that succeeds with finite parameters, or names the file, and the line
// where that can be.
func checkDamaged(dir fstest.MapFS, family string) error {
	problems, err := Read(dir, family)
	if err != nil {
		if wrong := (*fault.Error)(nil); !errors.As(err, &wrong) || wrong.File == "" || wrong.Right == "" {
			return fmt.Errorf("no fault with a file: %w", err)
		}
		return nil
	}
	fits, err := Solve(context.Background(), problems, nil)
	if err != nil {
		if wrong := (*fault.Error)(nil); !errors.As(err, &wrong) || wrong.File == "" {
			return fmt.Errorf("no fault with a file: %w", err)
		}
		return nil
	}
	return checkFits(fits)
}

// checkFits fails where a fit is not finite, or where its file would not be read again.
func checkFits(fits []*Fit) error {
	for _, f := range fits {
		numbers := []float64{f.Held.Median, f.Held.P90, f.Held.Bias, f.Within.Median}
		for _, p := range f.Parameters {
			if !(p.Value > 0) {
				return fmt.Errorf("%s: %s = %v", f.Law, p.Name, p.Value)
			}
			numbers = append(numbers, p.Value, p.StandardError)
		}
		for _, v := range numbers {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%s: %v", f.Law, f)
			}
		}
	}
	files, err := Files(fits)
	if err != nil || len(files) == 0 {
		return err
	}
	written := fstest.MapFS{}
	for _, file := range files {
		if strings.Count(file.Path, "/") != 1 || strings.Contains(file.Path, "..") {
			return fmt.Errorf("would be written to %s", file.Path)
		}
		written[file.Path] = &fstest.MapFile{Data: file.Content}
	}
	d, err := hw.Lookup(fits[0].Device.Name)
	if err == nil {
		_, _, err = kernels.LoadFrom(written, d, fits[0].Engine, fits[0].Version)
	}
	return err
}

// TestDamagedMeasurementsAreRefusedAtTheirPlace damages small folders at random. ROOFSERVE_DAMAGES asks for
// more than a few.
func TestDamagedMeasurementsAreRefusedAtTheirPlace(t *testing.T) {
	rounds := 150
	if n, err := strconv.Atoi(os.Getenv("ROOFSERVE_DAMAGES")); err == nil {
		rounds = n
	}
	for seed := range uint64(rounds) {
		random := rand.New(rand.NewPCG(seed, 14))
		file := smallFiles[int(seed)%len(smallFiles)]
		table := smallTable(random, file.columns)
		var how string
		if seed%3 > 0 {
			how = damageTable(random, table)
		}
		data := zip(table)
		if seed%3 == 0 {
			data, how = damageFile(random, data)
		}
		if err := checkDamaged(fstest.MapFS{file.file + ".csv.gz": {Data: data}}, file.family); err != nil {
			t.Errorf("seed %d, %s, %s: %v", seed, file.file, how, err)
		}
	}
}

// TestSmallMeasurementsAreFitted shows that what is damaged is sound before.
func TestSmallMeasurementsAreFitted(t *testing.T) {
	for _, file := range smallFiles {
		table := smallTable(rand.New(rand.NewPCG(1, 2)), file.columns)
		dir := fstest.MapFS{file.file + ".csv.gz": {Data: zip(table)}}
		if problems, err := Read(dir, file.family); err != nil || len(problems) == 0 && file.family != "sparse" {
			t.Errorf("%s: %d problems, %v", file.file, len(problems), err)
		}
		if err := checkDamaged(dir, file.family); err != nil {
			t.Errorf("%s: %v", file.file, err)
		}
	}
}
