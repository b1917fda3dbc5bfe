//go:build debian

package main

import (
	"time"

	"github.com/vmware/govmomi/simulator"
)

// setSessionIdleTimeout sets the package variable that 0.24.2 has in place of an option.
func setSessionIdleTimeout(_ *simulator.Model, timeout time.Duration) {
	simulator.SessionIdleTimeout = timeout
}
