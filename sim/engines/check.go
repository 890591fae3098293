package engines

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/release"
	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
)

// mostNumber is far beyond any number of a profile, in whatever unit.
const mostNumber = 1e9

// check refuses a profile with which nothing can be simulated.
func (p *Profile) check(document *strict.Document) error {
	if err := checkNumbers(document, "", reflect.ValueOf(p).Elem()); err != nil {
		return err
	}
	if err := p.Memory.Check(); err != nil {
		return document.Fault("memory", err.Error(), "see the profiles of this folder")
	}
	switch {
	case len(p.KVFormats) == 0:
		return document.Fault("kv_formats", "is missing", "list the formats of its KV cache")
	case len(p.Defaults) == 0:
		return document.Fault("defaults", "is missing", "give at least one [[defaults]] table")
	case p.BlockSize < 1:
		return document.Fault("block_size", "is not positive", "use at least 1")
	case slices.ContainsFunc(p.Blocks, func(b Blocks) bool {
		return b.Tokens < 1 || !slices.Contains(arch.Kinds(), b.Mixer)
	}):
		return document.Faultf("blocks", "use a kind of mixer and at least 1 token", "one is for no kind of mixer, or has no tokens")
	case !slices.Contains(sched.Names(), p.Policy):
		return document.Faultf("policy", names.Suggest(p.Policy, sched.Names()), "unknown policy %q", p.Policy)
	case !slices.Contains(kernels.Engines(), p.Kernels):
		return document.Faultf("kernels", names.Suggest(p.Kernels, kernels.Engines()), "no kernels of %q were measured", p.Kernels)
	case p.LatentKernels != "" && !slices.Contains(kernels.Engines(), p.LatentKernels):
		return document.Faultf("latent_kernels", names.Suggest(p.LatentKernels, kernels.Engines()), "no kernels of %q were measured", p.LatentKernels)
	case p.Version != "" && !release.Is(p.Version):
		return document.Faultf("version", `name a release, as in "0.18.0"`, "%q is none", p.Version)
	case !slices.IsSortedFunc(p.Since, func(a, b Since) int {
		return release.Compare(a.Version, b.Version)
	}) || slices.ContainsFunc(p.Since, func(s Since) bool { return !release.Is(s.Version) }):
		return document.Fault("since", "has versions that are no releases, or not in order", "list the oldest first")
	case !slices.IsSortedFunc(p.Before, func(a, b Before) int {
		return release.Compare(a.Version, b.Version)
	}) || slices.ContainsFunc(p.Before, func(b Before) bool {
		return !release.Is(b.Version) || !slices.Contains(sched.Names(), b.Policy)
	}):
		return document.Fault("before", "has versions that are no releases, or not in order, or no scheduler", "list the oldest first")
	case !slices.IsSortedFunc(p.StaticBefore, func(a, b StaticBefore) int {
		return release.Compare(a.Version, b.Version)
	}) || slices.ContainsFunc(p.StaticBefore, func(b StaticBefore) bool { return !release.Is(b.Version) }):
		return document.Fault("static_before", "has versions that are no releases, or not in order", "list the oldest first")
	case slices.ContainsFunc(p.Captures, func(g Capture) bool { return g.wrong() }):
		return document.Faultf("graphs", "see the profiles of this folder", "has a mode, a version or a batch that is none; batches are of 1 to %d",
			MostCaptured)
	case len(p.Captures) > 1 && !slices.IsSortedFunc(p.Captures[1:], func(a, b Capture) int {
		return release.Compare(a.Since, b.Since)
	}):
		return document.Fault("graphs", "has versions that are not in order", "list the oldest first")
	case p.Balancer != "" && !slices.Contains(router.Balancers(), p.Balancer):
		return document.Faultf("balancer", names.Suggest(p.Balancer, router.Balancers()), "%q balances no ranks", p.Balancer)
	case p.MXFP4Kernels != "" && p.MXFP4Kernels != marlin:
		return document.Faultf("mxfp4_kernels", `use "marlin", or leave it out`, "unknown kernels %q", p.MXFP4Kernels)
	}
	return nil
}

// checkNumbers refuses a number of a struct, or of those within it, that is negative or beyond belief.
func checkNumbers(document *strict.Document, path string, of reflect.Value) error {
	switch {
	case of.Kind() == reflect.Struct:
		for i := range of.NumField() {
			field := of.Type().Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("toml"), ",")
			if name == "-" {
				continue
			}
			if err := checkNumbers(document, strings.Trim(path+"."+name, "."), of.Field(i)); err != nil {
				return err
			}
		}
	case of.Kind() == reflect.Slice:
		for i := range of.Len() {
			if err := checkNumbers(document, fmt.Sprintf("%s[%d]", path, i), of.Index(i)); err != nil {
				return err
			}
		}
	case of.CanFloat() && !(of.Float() >= 0 && of.Float() <= mostNumber),
		of.CanInt() && !(of.Int() >= 0 && of.Int() <= mostNumber):
		return document.Faultf(path, fmt.Sprintf("use a number from 0 to %g", mostNumber), "%v is out of range", of)
	}
	return nil
}
