package units

import (
	"fmt"
	"strings"
)

// Format is a number format that weights, activations or KV caches are stored in.
type Format uint8

// The formats that engines serve.
const (
	BF16     Format = iota // bfloat16
	FP16                   // IEEE half
	FP32                   // IEEE single
	FP8                    // e4m3 with one scale per tensor or channel
	FP8Block               // e4m3 with a float32 scale for each 128×128 block (DeepSeek-V3)
	INT8                   // 8-bit integers, weights and activations (W8A8)
	// 4-bit integer weights with a bf16 scale for each group of 128 (GPTQ, AWQ); activations bf16
	INT4
	INT4G32 // 4-bit integer weights with a bf16 scale for each group of 32 (Kimi-K2.5)
	MXFP4   // e2m1 with an 8-bit scale for each group of 32 (OCP microscaling formats, v1.0)
	NVFP4   // e2m1 with an fp8 scale for each group of 16
	INT4G64 // 4-bit integer weights with a bf16 scale for each group of 64
	INT3    // 3-bit integer weights with a bf16 scale for each group of 128
	INT2    // 2-bit integer weights with a bf16 scale for each group of 128
	// 4-bit normal floats with a scale for each block of 64, which is itself quantised to 8 bits with a float32
	// for each 256 blocks (bitsandbytes, double quantisation; QLoRA, arXiv:2305.14314, §3)
	NF4
	NF4Plain // the same with a float32 scale for each block of 64
	MXFP8    // e4m3 with an 8-bit scale for each group of 32
	MXFP6    // 6-bit floats with an 8-bit scale for each group of 32
	formatCount

	Formats = int(formatCount) // how many there are
)

var formatNames = [formatCount]string{"bf16", "fp16", "fp32", "fp8", "fp8-block", "int8", "int4", "int4-g32", "mxfp4", "nvfp4",
	"int4-g64", "int3", "int2", "nf4", "nf4-plain", "mxfp8", "mxfp6"}

// bitsPerElement includes the scales. Sources: INT4 4 + 16/128; INT4G32 4 + 16/32; FP8Block 8 + 32/16384;
// MXFP4 4 + 8/32; NVFP4 4 + 8/16; INT4G64 4 + 16/64; INT3 and INT2 with 16/128;
// NF4 4 + 8/64 + 32/(64·256); NF4Plain 4 + 32/64; MXFP8 8 + 8/32; MXFP6 6 + 8/32.
var bitsPerElement = [formatCount]float64{16, 16, 32, 8, 8 + 32.0/16384, 8, 4 + 16.0/128, 4 + 16.0/32,
	4 + 8.0/32, 4 + 8.0/16, 4 + 16.0/64, 3 + 16.0/128, 2 + 16.0/128, 4 + 8.0/64 + 32.0/(64*256), 4 + 32.0/64,
	8 + 8.0/32, 6 + 8.0/32}

// measuredAs are the formats whose kernels nobody measured here, with the one whose kernels are nearest: as
// wide a weight, unpacked the same way.
var measuredAs = map[Format]Format{
	INT4G64: INT4, INT3: INT4, INT2: INT4, NF4: INT4, NF4Plain: INT4, MXFP8: FP8Block, MXFP6: FP8,
}

// MeasuredAs is the format whose measured kernels serve weights in format f: f itself, or the nearest.
func (f Format) MeasuredAs() Format {
	if near, ok := measuredAs[f]; ok {
		return near
	}
	return f
}

// String is the name that scenarios and catalogues use.
func (f Format) String() string {
	if f < formatCount {
		return formatNames[f]
	}
	return fmt.Sprintf("Format(%d)", uint8(f))
}

// Bytes is the size of n stored elements, their scales included.
func (f Format) Bytes(n float64) Bytes { return Bytes(n * bitsPerElement[f] / 8) }

// FormatNames lists every name that ParseFormat takes.
func FormatNames() []string { return formatNames[:] }

// ParseFormat reads a format's name, whatever its case.
func ParseFormat(name string) (Format, error) {
	for i, known := range formatNames {
		if strings.EqualFold(name, known) {
			return Format(i), nil
		}
	}
	return 0, fmt.Errorf("unknown number format %q; one of %s", name, strings.Join(formatNames[:], ", "))
}

// MarshalText writes the format's name.
func (f Format) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a format's name.
func (f *Format) UnmarshalText(text []byte) error {
	parsed, err := ParseFormat(string(text))
	if err != nil {
		return err
	}
	*f = parsed
	return nil
}
