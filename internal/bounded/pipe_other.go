//go:build !unix && !js

package bounded

// withoutWaiting is nothing where pipes have no names in the file system.
const withoutWaiting = 0
