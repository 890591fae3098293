package sched

import "reflect"

// Rules are what changed between an engine's versions in how it schedules; all off is the oldest that is
// described here. Engines' profiles say since which version each is in force, by the keys in the tags.
type Rules struct {
	// SGLang: schedule_batch.py, retract_decode
	RetractToNextStep bool `toml:"retract_to_next_step" does:"a retraction ends when the next step fits, not 20"`
	// SGLang: scheduler.py, get_new_batch_prefill
	FullAdmitsNone bool `toml:"full_admits_none" does:"a full batch admits none beside a prompt in progress"`
	// SGLang: schedule_policy.py, PrefillAdder
	PageOverhead bool `toml:"page_overhead" does:"a request counts a page more than its tokens"`
	// SGLang: schedule_policy.py, add_one_req
	ChunksPassPrefillLimit bool `toml:"chunks_pass_prefill_limit" does:"max_prefill_tokens refuses none that can be cut"`
}

// Does says what the rule of a key is.
func (r *Rules) Does(key string) string {
	for i := range reflect.TypeFor[Rules]().NumField() {
		if f := reflect.TypeFor[Rules]().Field(i); f.Tag.Get("toml") == key {
			return f.Tag.Get("does")
		}
	}
	return ""
}

// Add puts into force what other rules have.
func (r *Rules) Add(o Rules) {
	v, w := reflect.ValueOf(r).Elem(), reflect.ValueOf(o)
	for i := range v.NumField() {
		v.Field(i).SetBool(v.Field(i).Bool() || w.Field(i).Bool())
	}
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
