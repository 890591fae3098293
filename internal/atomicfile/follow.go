package atomicfile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// maxLinks is how many symbolic links lead to a file at most, as in Linux.
const maxLinks = 40

// Follow is the path, absolute, that a path's symbolic links lead to, also where nothing is there yet. It
// stops at the name of an open descriptor, such as /dev/stdout leads to.
func Follow(path string) (string, error) {
	if path == "" {
		return "", fs.ErrNotExist
	}
	if strings.HasSuffix(path, string(os.PathSeparator)) {
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			return "", fmt.Errorf("%s: names a folder, not a file", path)
		}
	}
	if !filepath.IsAbs(path) {
		here, err := os.Getwd()
		if err != nil {
			return "", err
		}
		path = here + string(os.PathSeparator) + path
	}
	for range maxLinks {
		dir, base := filepath.Split(path) // Dir would strike out "link/..", which leads to where the link's target lies
		path = filepath.Join(resolve(dir), base)
		if _, is := descriptor(path); is {
			return path, nil
		}
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path, nil
		}
		next, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(next) {
			next = filepath.Dir(path) + string(os.PathSeparator) + next
		}
		path = next
	}
	return "", &fs.PathError{Op: "open", Path: path, Err: syscall.ELOOP}
}

// resolve is a folder's path without symbolic links, as far as it is there.
func resolve(dir string) string {
	if found, err := filepath.EvalSymlinks(dir); err == nil {
		return found
	}
	dir = filepath.Clean(dir)
	parent := filepath.Dir(dir)
	if parent == dir {
		return dir
	}
	return filepath.Join(resolve(parent), filepath.Base(dir))
}

// descriptors are the folders in which systems name a process's open files.
var descriptors = regexp.MustCompile(`^(?:/dev/fd|/proc/([0-9]+)(?:/task/[0-9]+)?/fd)/([0-9]+)$`)

// descriptor is the number of this process's open file that a path names.
func descriptor(path string) (int, bool) {
	match := descriptors.FindStringSubmatch(path)
	if match == nil || match[1] != "" && match[1] != strconv.Itoa(os.Getpid()) {
		return 0, false
	}
	n, err := strconv.Atoi(match[2])
	return n, err == nil
}
