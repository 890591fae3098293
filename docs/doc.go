// Package docs holds the pages for users, as they stand beside it: a tutorial, how-tos, the reference and
// explanations. The program prints them. It knows nothing of what they are about.
package docs
