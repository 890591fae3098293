package huggingface_test

import (
	"os"
	"testing"

	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

func BenchmarkImport(b *testing.B) {
	for _, name := range []string{"moonshotai__Kimi-K3", "deepseek-ai__DeepSeek-V3", "moonshotai__Kimi-K2.5"} {
		data, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, _, err := huggingface.Import("config.json", data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
