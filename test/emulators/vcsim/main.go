// Command vcsim serves VMware's own vSphere simulator (govmomi/simulator), as a third party to test against.
//
// Upstream's vcsim command is a module of its own with a replace directive, so `go install` refuses it; the
// library it is made of is published, and this is the small main that it needs. It compiles against two
// generations of the library: the pinned modern one (go.mod) and Debian 12's 0.24.2 (-tags debian, GOPATH
// mode), which behaves as vCenters did before token paging was simulated. See vcsim.ts for both builds.
package main

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"flag"
	"io"
	"log"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/vmware/govmomi/simulator"
	// Serves the REST tagging endpoints beside SOAP.
	_ "github.com/vmware/govmomi/vapi/simulator"
)

const closeTimeout = 2 * time.Second

// ready is the one line printed on stdout once the server accepts connections.
type ready struct {
	URL string `json:"url"`
	PID int    `json:"pid"`
	// CertificatePem is the server's self-signed certificate; empty without -tls.
	CertificatePem string `json:"certificatePem"`
}

type options struct {
	listen, username, password string
	tls, untilStdinCloses      bool
	sessionIdleTimeout         time.Duration
	delayMs                    int
}

func main() {
	log.SetOutput(os.Stderr)

	model := simulator.VPX()
	options := parseFlags(model)

	if err := model.Create(); err != nil {
		log.Fatalf("cannot create the inventory: %s", err)
	}
	defer model.Remove() // its datastores are directories under /tmp

	if options.sessionIdleTimeout > 0 {
		setSessionIdleTimeout(model, options.sessionIdleTimeout)
	}

	model.Service.RegisterEndpoints = true
	model.Service.Listen = &url.URL{
		Host: options.listen,
		User: url.UserPassword(options.username, options.password),
	}
	if options.tls {
		model.Service.TLS = new(tls.Config)
	}

	server := model.Service.NewServer()
	announce(server)
	waitForTheEnd(options.untilStdinCloses)
	closeServer(server)
}

// closeServer waits for calls under way, but not forever: the library keeps its locks when a call panics, and
// the calls behind it never end.
func closeServer(server *simulator.Server) {
	closed := make(chan struct{})
	go func() {
		server.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(closeTimeout):
	}
}

func parseFlags(model *simulator.Model) options {
	var o options

	flag.StringVar(&o.listen, "listen", "127.0.0.1:0", "address to listen on; port 0 picks a free one")
	flag.StringVar(&o.username, "username", "user", "the only user that may log in")
	flag.StringVar(&o.password, "password", "pass", "that user's password")
	flag.BoolVar(&o.tls, "tls", false, "serve https with a self-signed certificate")
	flag.BoolVar(&o.untilStdinCloses, "until-stdin-closes", false, "exit when stdin closes, so as not to outlive a killed parent")
	flag.DurationVar(&o.sessionIdleTimeout, "session-idle-timeout", 0, "expire sessions idle for longer, e.g. 2s; 0 keeps the library's default")
	flag.IntVar(&o.delayMs, "delay", 0, "milliseconds to wait before answering a call")

	flag.IntVar(&model.Datacenter, "datacenters", model.Datacenter, "datacenters")
	flag.IntVar(&model.Cluster, "clusters", model.Cluster, "clusters per datacenter")
	flag.IntVar(&model.ClusterHost, "cluster-hosts", model.ClusterHost, "hosts per cluster")
	flag.IntVar(&model.Host, "standalone-hosts", model.Host, "standalone hosts per datacenter")
	flag.IntVar(&model.Pool, "pools", model.Pool, "resource pools per cluster, under its root pool")
	flag.IntVar(&model.App, "vapps", model.App, "vApps per cluster")
	flag.IntVar(&model.Machine, "vms", model.Machine, "virtual machines per resource pool and standalone host")
	flag.IntVar(&model.Datastore, "datastores", model.Datastore, "datastores per datacenter")
	flag.IntVar(&model.Pod, "storage-pods", model.Pod, "storage pods per datacenter")
	flag.IntVar(&model.Portgroup, "portgroups", model.Portgroup, "distributed port groups per datacenter")
	flag.IntVar(&model.PortgroupNSX, "nsx-portgroups", model.PortgroupNSX, "NSX-backed port groups per datacenter")
	flag.IntVar(&model.OpaqueNetwork, "opaque-networks", model.OpaqueNetwork, "opaque networks per datacenter")
	flag.IntVar(&model.Folder, "folders", model.Folder, "datacenters that are placed in folders")
	flag.BoolVar(&model.Autostart, "autostart", model.Autostart, "power the virtual machines on")
	flag.Parse()

	if flag.NArg() > 0 {
		log.Fatalf("unexpected argument %q; run with -help", flag.Arg(0))
	}
	model.DelayConfig.Delay = o.delayMs
	return o
}

func announce(server *simulator.Server) {
	shown := *server.URL
	shown.User = nil // a log may hold the line, so the password stays out

	line := ready{URL: shown.String(), PID: os.Getpid()}
	if server.TLS != nil {
		line.CertificatePem = string(pem.EncodeToMemory(&pem.Block{
			Type:  "CERTIFICATE",
			Bytes: server.Certificate().Raw,
		}))
	}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		log.Fatalf("cannot announce the server: %s", err)
	}
}

func waitForTheEnd(untilStdinCloses bool) {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGINT, syscall.SIGTERM)
	if untilStdinCloses {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			end <- syscall.SIGTERM
		}()
	}
	<-end
}
