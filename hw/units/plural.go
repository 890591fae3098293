package units

// Plural names n things, for messages: "GPU" where n is 1, "GPUs" otherwise.
func Plural(n int, thing string) string {
	if n == 1 {
		return thing
	}
	return thing + "s"
}
