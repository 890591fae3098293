// Package drafts says which drafted tokens a model accepts: the law by which each of a step's drafts is
// accepted, and the draws of every request's steps. It knows neither models nor time.
package drafts
