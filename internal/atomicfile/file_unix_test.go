//go:build unix

package atomicfile

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// texts reads the files of a folder, hidden ones too, and says where a symbolic link leads.
func texts(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if d.Type()&fs.ModeSymlink != 0 {
			found[name], err = os.Readlink(path)
			found[name] = "-> " + found[name]
			return err
		}
		data, err := os.ReadFile(path)
		found[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func wantTexts(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	if got := texts(t, dir); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The target of a chain of links is replaced, and every link stays, whether the target is there already or
// not.
func TestSymbolicLinksAreWrittenThrough(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "far", "deep"), 0o777))
	must(t, os.Symlink("far/deep", filepath.Join(dir, "folder")))
	must(t, os.Symlink("folder/second", filepath.Join(dir, "first")))
	must(t, os.Symlink("../end", filepath.Join(dir, "far", "deep", "second"))) // as the kernel reads it: far/end
	links := map[string]string{"folder": "-> far/deep", "first": "-> folder/second", "far/deep/second": "-> ../end"}
	for _, text := range []string{"one", "two"} {
		must(t, WriteBytes(filepath.Join(dir, "first"), []byte(text)))
		links["far/end"] = text
		wantTexts(t, dir, links)
	}
	must(t, WriteBytes(filepath.Join(dir, "folder")+"/../x", []byte("three"))) // beside far/deep, not beside folder
	links["far/x"] = "three"
	wantTexts(t, dir, links)
}

func TestLinksInACircleAreRefused(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Symlink("b", filepath.Join(dir, "a")))
	must(t, os.Symlink("a", filepath.Join(dir, "b")))
	if err := WriteBytes(filepath.Join(dir, "a"), nil); err == nil {
		t.Error("a circle of links was written")
	}
	wantTexts(t, dir, map[string]string{"a": "-> b", "b": "-> a"})
}

func TestReplacingKeepsThePermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(path, nil, 0o600))
	must(t, WriteBytes(path, []byte("x")))
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's permissions are %v, want -rw-------", info.Mode().Perm())
	}
}

// 255 bytes are the longest name that file systems take; the temporary file's must fit too.
func TestLongestName(t *testing.T) {
	dir := t.TempDir()
	name := strings.Repeat("ä", 127) + "x"
	must(t, WriteBytes(filepath.Join(dir, name), []byte("1")))
	wantTexts(t, dir, map[string]string{name: "1"})
}

func TestPipeThatNobodyReadsIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	must(t, syscall.Mkfifo(path, 0o666))
	if err := Check(path); err == nil || !strings.Contains(err.Error(), "nobody reads this pipe") {
		t.Errorf("error %v, want one about the missing reader", err)
	}
}

// The reader of a pipe sees everything, and no end between Check and Create.
func TestPipeIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	must(t, syscall.Mkfifo(path, 0o666))
	got := make(chan string)
	go func() {
		data, _ := os.ReadFile(path)
		got <- string(data)
	}()
	must(t, Check(path))
	want := strings.Repeat("more than a pipe holds\n", 10000)
	must(t, Write(path, func(w io.Writer) error { _, err := io.WriteString(w, want); return err }))
	if text := <-got; text != want {
		t.Errorf("the reader got %d bytes, want %d", len(text), len(want))
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("the pipe is gone: %v, %v", info, err)
	}
}

// A path of an open descriptor appends to what the descriptor's owner wrote, instead of replacing it.
func TestDescriptorIsShared(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	must(t, err)
	defer f.Close()
	io.WriteString(f, "before ")
	path := fmt.Sprintf("/dev/fd/%d", f.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skip("descriptors have no paths here")
	}
	must(t, WriteBytes(path, []byte("within ")))
	io.WriteString(f, "after")
	if got, _ := os.ReadFile(f.Name()); string(got) != "before within after" {
		t.Errorf("the file holds %q", got)
	}
}

// TestMain lets this program be its own killed run: with an argument it writes half a file there, says so,
// and waits for its end.
func TestMain(m *testing.M) {
	if path := os.Getenv("HALF_WRITTEN"); path != "" {
		f, err := Create(path)
		if err != nil {
			panic(err)
		}
		io.WriteString(f, "half")
		f.buf.Flush()
		fmt.Println("written")
		io.Copy(io.Discard, os.Stdin) // until the test closes it, or kills this process
		fmt.Println(f.Commit())
		return
	}
	os.Exit(m.Run())
}

// half starts a process that has written half of a file.
func half(t *testing.T, path string) (c *exec.Cmd, in io.Closer, out *bufio.Scanner) {
	t.Helper()
	c = exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "HALF_WRITTEN="+path)
	stdin, err := c.StdinPipe()
	must(t, err)
	stdout, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	out = bufio.NewScanner(stdout)
	out.Scan()
	return c, stdin, out
}

// What a killed run left is removed by the next that writes into the folder; what a living one writes stays,
// as do files of other programs.
func TestDeadRunsFilesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, ".other.12-0.tmp"), nil, 0o666))
	must(t, os.WriteFile(filepath.Join(dir, "mine"+suffix), nil, 0o666)) // not hidden: a user's
	must(t, os.Symlink("mine"+suffix, filepath.Join(dir, ".link"+suffix)))
	dead, _, _ := half(t, filepath.Join(dir, "dead.txt"))
	living, in, out := half(t, filepath.Join(dir, "living.txt"))
	must(t, dead.Process.Kill())
	dead.Wait()
	if len(texts(t, dir)) != 5 {
		t.Fatalf("the runs left %v, want a temporary file of each", texts(t, dir))
	}
	must(t, WriteBytes(filepath.Join(dir, "new.txt"), []byte("new")))
	in.Close()
	out.Scan()
	if out.Text() != "<nil>" {
		t.Errorf("the living run failed: %s", out.Text())
	}
	living.Wait()
	wantTexts(t, dir, map[string]string{".other.12-0.tmp": "", "mine" + suffix: "", ".link" + suffix: "-> mine" + suffix,
		"living.txt": "half", "new.txt": "new"})
}
