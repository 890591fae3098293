// Package laws holds simulations of random scenarios against laws that every one of them must keep, whatever
// its model, device, plan, formats, policy and workload: conservation, the order of times, the physics of the
// device, Little's law, and what more memory, bandwidth or arithmetic may never do. It has tests only. What
// the tests know of a model they count themselves from its dimensions (counts_test.go), so that they share no
// formula with what they check.
//
//	ROOFSERVE_LAWS=300 ROOFSERVE_LAWS_SEED=2 go test ./internal/laws -run TestLaws
//
// draws more scenarios than go test does. A failure prints the scenario's seed and its text.
package laws
