package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"wvwatch/internal/fault"
	"wvwatch/internal/input/kafka"
)

// stateGroup matches the names of groups that a topic can be named after.
var stateGroup = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,230}$`)

// validateGroup wants all sources of a daemon with its checkpoint in Kafka to read one
// cluster as one group: another machine takes over with the data of that cluster alone.
func validateGroup(c *Config, fs *fault.List) {
	if !c.State.Kafka {
		return
	}
	var first *kafka.Config
	for i := range c.Sources {
		path, k := fmt.Sprintf("sources[%d]", i), c.Sources[i].Input.Kafka
		switch {
		case k == nil:
			fs.Add(path, "only this machine has what the source reads, but with state.kafka another one may take over: ship it to a topic, or keep the checkpoint in a directory")
		case first == nil:
			first = k
			if !stateGroup.MatchString(k.Group) {
				fs.AddFix(path+".kafka.group", "use letters, digits and . _ - only", "%s names the topic of the checkpoint", fault.Quote(k.Group))
			}
		case k.Group != first.Group:
			fs.Add(path+".kafka.group", "%s, but another source has the group %s: with state.kafka all sources have one", fault.Quote(k.Group), fault.Quote(first.Group))
		case !slices.Equal(k.Brokers, first.Brokers):
			fs.Add(path+".kafka.brokers", "not those of the other sources: with state.kafka all sources read one cluster")
		}
	}
}

// Group returns the group that keeps the checkpoint, with the topics of all sources;
// false where the checkpoint is in a directory.
func (c *Config) Group() (group kafka.Config, ok bool) {
	if !c.State.Kafka {
		return group, false
	}
	for i := range c.Sources {
		k := c.Sources[i].Input.Kafka
		if i == 0 {
			group = *k
			group.Topics = nil
		}
		for _, topic := range k.Topics {
			if !slices.Contains(group.Topics, topic) {
				group.Topics = append(group.Topics, topic)
			}
		}
	}
	return group, true
}

// nameGroup makes the name of the group the instance on alerts, where the configuration
// has none: an alert must keep its identity when another host takes over.
func (c *Config) nameGroup() {
	group, ok := c.Group()
	if !ok || c.ExternalLabels["instance"] != "" {
		return
	}
	labels := maps.Clone(c.ExternalLabels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels["instance"] = group.Group
	c.ExternalLabels = labels
}
