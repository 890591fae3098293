package sched

import "reflect"

// Rules are what changed between an engine's versions in how it schedules; all off is the oldest that is
// described here. Engines' profiles say since which version each is in force, by the keys in the tags.
type Rules struct {
	// SGLang: a retraction stops as soon as the others have room for their next step, not for 20 steps
	// (schedule_batch.py, retract_decode; sgl-project/sglang#9989).
	RetractToNextStep bool `toml:"retract_to_next_step"`
	// SGLang: a batch that is marked full admits nothing beside a prompt in progress either (scheduler.py,
	// get_new_batch_prefill, with priority scheduling).
	FullAdmitsNone bool `toml:"full_admits_none"`
	// SGLang: a request counts a page more than its tokens (schedule_policy.py, PrefillAdder;
	// sgl-project/sglang#22495).
	PageOverhead bool `toml:"page_overhead"`
	// SGLang: what is left of max_prefill_tokens refuses no prompt that can be cut into chunks
	// (schedule_policy.py, add_one_req; sgl-project/sglang#25741).
	ChunksPassPrefillLimit bool `toml:"chunks_pass_prefill_limit"`
}

// InForce lists the rules that are on, by their keys.
func (r *Rules) InForce() []string {
	var list []string
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		if v.Field(i).Bool() {
			list = append(list, v.Type().Field(i).Tag.Get("toml"))
		}
	}
	return list
}
