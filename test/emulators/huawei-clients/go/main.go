// Huawei's own Go client of COC, told what to call line by line, as JSON, on standard input.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/global"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/region"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	coc "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/coc/v1"
)

const maxLineBytes = 16 << 20

type options struct {
	Endpoint      string `json:"endpoint"`
	AK            string `json:"ak"`
	SK            string `json:"sk"`
	SecurityToken string `json:"security_token"`
	Region        string `json:"region"`
	Credentials   string `json:"credentials"`
}

// handler calls one operation with a request that is still JSON.
type handler func(client *coc.CocClient, parameters []byte) (any, error)

// operation is the handler of one of the client's methods.
func operation[Request, Response any](method func(*coc.CocClient, *Request) (*Response, error)) handler {
	return func(client *coc.CocClient, parameters []byte) (any, error) {
		request := new(Request)
		decoder := json.NewDecoder(bytes.NewReader(parameters))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(request); err != nil {
			return nil, err
		}
		return method(client, request)
	}
}

func credentials(given options) (auth.ICredential, error) {
	if given.Credentials == "basic" {
		builder := basic.NewCredentialsBuilder().WithAk(given.AK).WithSk(given.SK)
		if given.SecurityToken != "" {
			builder.WithSecurityToken(given.SecurityToken)
		}
		if given.Region != "" {
			builder.WithIamEndpointOverride(given.Endpoint)
		}
		return builder.SafeBuild()
	}
	builder := global.NewCredentialsBuilder().WithAk(given.AK).WithSk(given.SK)
	if given.SecurityToken != "" {
		builder.WithSecurityToken(given.SecurityToken)
	}
	if given.Region != "" {
		builder.WithIamEndpointOverride(given.Endpoint)
	}
	return builder.SafeBuild()
}

func newClient(given options) (*coc.CocClient, error) {
	keys, err := credentials(given)
	if err != nil {
		return nil, err
	}
	builder := coc.CocClientBuilder().WithCredential(keys)
	if given.Region != "" {
		builder.WithRegion(region.NewRegion(given.Region, given.Endpoint))
	} else {
		builder.WithEndpoint(given.Endpoint)
	}
	built, err := builder.SafeBuild()
	if err != nil {
		return nil, err
	}
	return coc.NewCocClient(built), nil
}

func answer(response any, err error) (any, error) {
	var refused *sdkerr.ServiceResponseError
	if errors.As(err, &refused) {
		return map[string]any{"error": map[string]any{
			"status":    refused.StatusCode,
			"code":      refused.ErrorCode,
			"message":   refused.ErrorMessage,
			"requestId": refused.RequestId,
		}}, nil
	}
	if err != nil {
		return nil, err
	}
	status := reflect.ValueOf(response).Elem().FieldByName("HttpStatusCode").Int()
	return map[string]any{"status": status, "body": response}, nil
}

func run(input *bufio.Scanner) error {
	input.Scan()
	var given options
	if err := json.Unmarshal(input.Bytes(), &given); err != nil {
		return err
	}
	client, err := newClient(given)
	if err != nil {
		return err
	}
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var asked struct {
			Operation  string          `json:"operation"`
			Parameters json.RawMessage `json:"parameters"`
		}
		if err := json.Unmarshal(input.Bytes(), &asked); err != nil {
			return err
		}
		call, ok := operations[asked.Operation]
		if !ok {
			return fmt.Errorf("this client has no operation %s", asked.Operation)
		}
		said, err := answer(call(client, asked.Parameters))
		if err != nil {
			return err
		}
		if err := output.Encode(said); err != nil {
			return err
		}
	}
	return input.Err()
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, maxLineBytes)
	if err := run(input); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
