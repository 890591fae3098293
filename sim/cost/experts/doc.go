// Package experts simulates the router of a mixture of experts: how its experts' load becomes even, or does
// not, while it is trained, and what that does to the fullest rank of a step.
//
// A token's logit for an expert is a standard normal deviate of its own plus the expert's popularity;
// affinities are the softmax or the sigmoid of logits, and the experts with the largest affinities are taken
// (arXiv:2412.19437, eq. 12–16). Tokens are independent of each other: real batches, whose tokens share
// topics, are somewhat less even.
//
// A Router is trained in steps and sampled at any time. A Sample holds the choices of many tokens; Imbalance
// and Routing measure batches of consecutive tokens in it, so that the unevenness of small batches, which
// even a perfectly fair router has, needs no formula. Everything follows from a seed, with the same bits on
// every machine.
package experts
