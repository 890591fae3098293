//go:build js

// Command engine is the simulator as the playground's page loads it: it gives the page's worker a function,
// roofserve, that answers questions in JSON with answers in JSON.
package main

import (
	"context"
	"syscall/js"

	"github.com/roofserve/roofserve/internal/playground"
)

func main() {
	js.Global().Set("roofserve", js.FuncOf(func(_ js.Value, args []js.Value) any {
		return string(playground.Reply(context.Background(), []byte(args[0].String())))
	}))
	js.Global().Call("ready")
	select {} // the page asks for as long as it is open
}
