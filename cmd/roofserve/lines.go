package main

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"

	"github.com/roofserve/roofserve/internal/atomicfile"
)

// lines writes JSON objects, one a line, in order, each as soon as all before it are written.
type lines struct {
	w    io.Writer
	file *atomicfile.File // nil for stdout
	path string           // for messages

	mutex sync.Mutex
	next  int            // the object that is written next
	early map[int][]byte // objects whose turn has not come
}

// openLines begins a file, or stdout.
func (t terminal) openLines(path string) (*lines, error) {
	l := &lines{w: t.out, path: "stdout", early: map[int][]byte{}}
	if path == stdoutName {
		return l, nil
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	l.w, l.file, l.path = file, file, path
	return l, nil
}

// put takes object number i.
func (l *lines) put(i int, object []byte) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.early[i] = object
	for {
		object, ok := l.early[l.next]
		if !ok {
			return nil
		}
		delete(l.early, l.next)
		l.next++
		var line bytes.Buffer
		if err := json.Compact(&line, object); err != nil {
			return err
		}
		line.WriteByte('\n')
		if _, err := l.w.Write(line.Bytes()); err != nil {
			return cannotWrite(l.path, err)
		}
	}
}

// commit gives a file its name.
func (l *lines) commit() error {
	if l == nil || l.file == nil {
		return nil
	}
	return cannotWrite(l.path, l.file.Commit())
}

// abort drops a file that was not committed.
func (l *lines) abort() {
	if l != nil && l.file != nil {
		l.file.Abort()
	}
}
