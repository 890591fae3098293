// Package names finds the known name that a user most likely meant.
package names
