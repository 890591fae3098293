// Embedded runs a built-in scenario on fewer requests, and prints what clients would see.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/roofserve/roofserve/scenarios"
)

func main() {
	s, err := scenarios.Load("llama-3.1-8b-h100") // or the path of a file
	must(err)
	must(s.SetText("workload.requests=300")) // as --set has it
	b, err := s.Build()
	must(err)
	r, err := b.Run(context.Background(), scenarios.Hooks{})
	must(err)
	fmt.Println(r.Result.Completed, "requests completed")
	fmt.Printf("half of them within %.0f ms a token\n", r.Result.TPOT.Median)
	for _, m := range r.Metrics() {
		if m.Name == "output_throughput" { // every name: roofserve help metrics
			fmt.Printf("%.0f tokens a second\n", m.Value)
		}
	}
	for _, warning := range r.Notes() {
		fmt.Println("!", warning)
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err) // what is wrong, where, and what would be right
	}
}
