package unpack

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// A TAR archive has this mark at its place in the header of its first file (POSIX.1-1988, section 10.1.1).
const (
	tarMark = "ustar"
	tarAt   = 257
)

func isTar(in *bufio.Reader) bool {
	begin, _ := in.Peek(tarAt + len(tarMark))
	return len(begin) == tarAt+len(tarMark) && string(begin[tarAt:]) == tarMark
}

// member reads the only file of a TAR archive; another behind it is an error at its end.
type member struct {
	archive *tar.Reader
	name    string
	err     error // with which it ended
}

func newMember(in io.Reader) (*member, error) {
	m := &member{archive: tar.NewReader(in)}
	var err error
	if m.name, err = m.next(); errors.Is(err, io.EOF) {
		err = errors.New("is an archive without a file")
	}
	return m, err
}

// next goes on to the next file that holds data.
func (m *member) next() (string, error) {
	for {
		header, err := m.archive.Next()
		if err != nil {
			return "", err
		}
		if header.Typeflag == tar.TypeReg && !beside(header.Name) {
			return header.Name, nil
		}
	}
}

// Read implements io.Reader.
func (m *member) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.archive.Read(p)
	if errors.Is(err, io.EOF) {
		var another string
		if another, err = m.next(); err == nil {
			err = fmt.Errorf("is an archive of several files, such as %q and %q: unpack it and give one", m.name, another)
		}
	}
	if m.err = err; n > 0 {
		return n, nil
	}
	return 0, err
}

// beside tells whether a file in an archive only goes with others.
func beside(name string) bool {
	base := strings.ToLower(path.Base(name))
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "readme") ||
		strings.HasPrefix(base, "license") || strings.HasSuffix(base, ".md")
}
