// Package unpack undoes the compression of files as people keep them: gzip and Zstandard. It knows nothing of
// what they hold.
package unpack
