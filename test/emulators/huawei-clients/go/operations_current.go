//go:build !listing

package main

import coc "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/coc/v1"

var operations = map[string]handler{
	"ListVendorAccount":        operation((*coc.CocClient).ListVendorAccount),
	"CreateVendorAccount":      operation((*coc.CocClient).CreateVendorAccount),
	"UpdateVendorAccount":      operation((*coc.CocClient).UpdateVendorAccount),
	"DeleteVendorAccount":      operation((*coc.CocClient).DeleteVendorAccount),
	"CountMultiCloudResources": operation((*coc.CocClient).CountMultiCloudResources),
	"SyncMultiCloudResource":   operation((*coc.CocClient).SyncMultiCloudResource),
}
