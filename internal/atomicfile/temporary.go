package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// suffix ends the names of temporary files, and no others: what ends so and is in no run's use is removed.
const suffix = ".roofserve.tmp"

// maxBase bounds the part of a temporary file's name that it shares with the final one, so that both fit the
// 255 bytes that file systems allow.
const maxBase = 200

// unfinished are the temporary files that exist, so that a run that is told to end at once can remove them.
var unfinished = struct {
	sync.Mutex
	names map[string]bool
}{names: map[string]bool{}}

// createTemp starts a new file beside target. It gets the permissions of the one that it will replace, or
// else those that a new file would get.
func createTemp(target string, replaced fs.FileInfo) (*File, error) {
	dir, base := filepath.Split(target)
	if dir == "" {
		dir = "."
	}
	removeDead(dir)
	f, unlock, err := newTemp(dir, base)
	if problem := (*fs.PathError)(nil); errors.As(err, &problem) {
		problem.Path = target // the name that the user knows
	}
	if err != nil {
		return nil, err
	}
	if replaced != nil {
		// where this is not allowed, the owner is another, and rights are those of a new file
		f.Chmod(replaced.Mode().Perm())
	}
	return &File{target: target, temp: f, buf: bufio.NewWriter(f), unlock: unlock}, nil
}

// newTemp makes a file with a name that no other has, and locks it.
func newTemp(dir, base string) (*os.File, func(), error) {
	unfinished.Lock()
	defer unfinished.Unlock()
	base = strings.ToValidUTF8(base[:min(len(base), maxBase)], "")
	for i := 0; ; i++ {
		name := filepath.Join(dir, fmt.Sprintf(".%s.%d-%d%s", base, os.Getpid(), i, suffix))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if os.IsExist(err) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		unlock := lock(f)
		if !isStill(f, name) {
			unlock()
			f.Close()
			continue // another run took it for a dead one's before it was locked
		}
		unfinished.names[name] = true
		return f, unlock, nil
	}
}

// isStill tells whether a name is still that of an open file.
func isStill(f *os.File, name string) bool {
	ours, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(name)
	return err == nil && os.SameFile(ours, there)
}

// publish gives a temporary file its final name, unless writing it failed: then it is removed.
func publish(temp, target string, err error) error {
	unfinished.Lock()
	defer unfinished.Unlock()
	delete(unfinished.names, temp)
	if err == nil {
		err = os.Rename(temp, target)
	}
	if err != nil {
		os.Remove(temp)
	}
	return err
}

// discard removes a temporary file.
func discard(temp string) {
	unfinished.Lock()
	defer unfinished.Unlock()
	delete(unfinished.names, temp)
	os.Remove(temp)
}

// Abandon removes every temporary file and lets no other be made or get its final name: the program is about
// to end, and calls that still want to write wait for that.
func Abandon() {
	unfinished.Lock()
	for name := range unfinished.names {
		os.Remove(name)
	}
}
