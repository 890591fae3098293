//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package atomicfile

import (
	"os"
	"syscall"
)

// lock marks a file as one that a living run writes. The mark goes with the process, however it ends, or when
// unlock is called; it outlives the file's own descriptor, so that there is no moment between writing and
// renaming in which the file looks dead.
func lock(f *os.File) (unlock func()) {
	unlock = func() {}
	raw, err := f.SyscallConn()
	if err != nil {
		return unlock
	}
	raw.Control(func(fd uintptr) {
		syscall.ForkLock.RLock()
		mark, err := syscall.Dup(int(fd))
		if err == nil {
			syscall.CloseOnExec(mark)
		}
		syscall.ForkLock.RUnlock()
		if err != nil {
			return
		}
		syscall.Flock(mark, syscall.LOCK_EX) // file systems without locks go without, and refuse removeUnlocked too
		unlock = func() { syscall.Close(mark) }
	})
	return unlock
}

// removeUnlocked removes a regular file unless a living run has locked it.
func removeUnlocked(path string) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		if syscall.Flock(int(fd), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.Remove(path)
		}
	})
}
