package units

// thisProgramNeeds64BitIntegers does not fit an int of 32 bits. Tokens, keys and requests are counted in ints
// all over the simulator: the keys that one step reads pass 2³¹ at 256 sequences of 8 million tokens, and a
// wrapped sum would be a wrong result without a word. So a build for a 32-bit machine (GOARCH=386, arm, …)
// fails here, with this name in its error.
const thisProgramNeeds64BitIntegers = 1 << 62

var _ int = thisProgramNeeds64BitIntegers
