//go:build !debian

package main

import (
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// setSessionIdleTimeout sets vCenter's own option, which the modern library reads at each login.
func setSessionIdleTimeout(model *simulator.Model, timeout time.Duration) {
	model.Map().OptionManager().UpdateOptions(&types.UpdateOptions{
		ChangedValue: []types.BaseOptionValue{&types.OptionValue{
			Key:   "config.vmacore.soap.sessionTimeout",
			Value: timeout.String(),
		}},
	})
}
