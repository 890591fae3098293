// Package names finds the known name that a user most likely meant, and reads names as people write them.
package names
