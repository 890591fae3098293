package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a page in a browser that nobody sees. It needs chromium, and minutes where the engine is not
// built yet, so that the gate asks for it and go test alone does not.
type browser struct {
	context.Context
	t      *testing.T
	folder string
}

// open builds the page and opens it from its folder.
func open(t *testing.T) *browser {
	if os.Getenv("ROOFSERVE_BROWSER") == "" {
		t.Skip("ROOFSERVE_BROWSER is not set: the page is tried in chromium by the gate")
	}
	folder := t.TempDir()
	if status := program.Run(t.Context(), []string{"--out", folder}); status != 0 {
		t.Fatalf("building the page ended with %d", status)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox,
		chromedp.WindowSize(1280, 900))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{Context: ctx, t: t, folder: folder}
	b.complain()
	return b
}

// complain makes what the browser's console reports a failure.
func (b *browser) complain() {
	told := map[string]bool{}
	tell := func(text string) {
		if !told[text] {
			b.t.Error("console: " + text)
		}
		told[text] = true
	}
	err := chromedp.Listen(b.Context, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			tell(e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			tell(e.Entry.Text)
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// patience is the longest that anything in the browser may take.
const patience = 2 * time.Minute

// do does something in the browser.
func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// value evaluates a script's expression, and waits for what it promises.
func value[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// visit opens the page with a fragment, and waits until everything is answered.
func (b *browser) visit(fragment string) {
	b.t.Helper()
	b.arrive(fragment)
	b.settle()
}

// arrive opens the page with a fragment, and waits until it shows anything.
func (b *browser) arrive(fragment string) {
	b.t.Helper()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate("file://"+filepath.ToSlash(filepath.Join(b.folder, "index.html"))+fragment),
		chromedp.WaitReady(chromedp.CSS(".column")))
}

// settle waits until everything is answered.
func (b *browser) settle() {
	b.t.Helper()
	b.do(chromedp.WaitReady(chromedp.CSS("body[data-busy=false]")))
}

// view sets the window's width and the user's colours.
func (b *browser) view(width int64, scheme string) {
	b.t.Helper()
	colours := emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	b.do(chromedp.EmulateViewport(width, 900))
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, colours)
		return err
	}))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

// set gives a field a value, as a user would who is heard when it is done.
func set(selector, to string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[bool](fmt.Sprintf(`(() => {
			const field = document.querySelector(%q);
			field.value = %q;
			return field.dispatchEvent(new Event("input", { bubbles: true }));
		})()`, selector, to))(ctx, t)
		return chromedp.Void{}, err
	}
}
