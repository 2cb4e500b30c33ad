package rules

import (
	"embed"

	"github.com/callgate/callgate/rules/source"
)

//go:embed builtin/*.yaml
var builtin embed.FS

// The sets that need no asking for: core has the macros, the lists and the rule
// without which a filter has a way round it, default the detections.
const (
	coreSet    = "core"
	defaultSet = "default"
)

// KubernetesAPI is the list of the addresses of a cluster's API, in the set core.
const KubernetesAPI = "k8s_api_servers"

// SetNames are the embedded sets, in the order in which they are loaded.
func SetNames() []string {
	return []string{coreSet, defaultSet, "reads", "incubating", "sandbox", "strict"}
}

// embedded is the file of an embedded set.
func embedded(set string) *source.File {
	content, err := builtin.ReadFile("builtin/" + set + ".yaml")
	if err != nil {
		// A set without its file: only a change to SetNames can do this, and
		// every test fails then.
		panic("rules: " + err.Error())
	}
	f, mistake := source.NewFile(Builtin+"/"+set+".yaml", set, content)
	if mistake != nil {
		panic("rules: " + mistake.Error())
	}
	return f
}
