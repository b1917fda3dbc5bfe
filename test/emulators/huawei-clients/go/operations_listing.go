//go:build listing

package main

import coc "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/coc/v1"

// The last releases with this operation are older than all others here.
var operations = map[string]handler{
	"ListMultiCloudResources": operation((*coc.CocClient).ListMultiCloudResources),
}
