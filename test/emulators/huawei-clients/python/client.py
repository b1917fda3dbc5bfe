"""Huawei's own Python client of COC, told what to call line by line, as JSON, on standard input."""

import json
import sys
from datetime import datetime

import huaweicloudsdkcoc.v1 as coc
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.region.region import Region

# Method of the client, and class of the body, of every operation.
OPERATIONS = {
    "ListVendorAccount": ("list_vendor_account", None),
    "CreateVendorAccount": ("create_vendor_account", "VendorAccountCreateRequest"),
    "UpdateVendorAccount": ("update_vendor_account", "VendorAccountUpdateRequest"),
    "DeleteVendorAccount": ("delete_vendor_account", None),
    "CountMultiCloudResources": ("count_multi_cloud_resources", None),
    "ListMultiCloudResources": ("list_multi_cloud_resources", None),
    "SyncMultiCloudResource": ("sync_multi_cloud_resource", "SyncMultiCloudResourceRequestBody"),
}


def build_client(options):
    credentials = BasicCredentials if options.get("credentials") == "basic" else GlobalCredentials
    keys = credentials(options["ak"], options["sk"])
    if options.get("security_token"):
        keys = keys.with_security_token(options["security_token"])
    builder = coc.CocClient.new_builder().with_http_config(HttpConfig.get_default_config())
    if options.get("region"):
        keys = keys.with_iam_endpoint(options["endpoint"])
        builder = builder.with_region(Region(options["region"], options["endpoint"]))
    else:
        builder = builder.with_endpoint(options["endpoint"])
    return builder.with_credentials(keys).build()


def as_json(value):
    if isinstance(value, datetime):
        return {"date": value.isoformat()}
    raise TypeError(f"The client made a {type(value)} of an answer")


def call(client, operation, parameters):
    method, body_class = OPERATIONS[operation]
    fields = dict(parameters)
    if body_class is not None:
        fields["body"] = getattr(coc, body_class)(**fields["body"])
    try:
        response = getattr(client, method)(getattr(coc, f"{operation}Request")(**fields))
    except ServiceResponseException as error:
        return {
            "error": {
                "status": error.status_code,
                "code": error.error_code,
                "message": error.error_msg,
                "requestId": error.request_id,
            }
        }
    return {"status": response.status_code, "body": response.to_dict()}


def main():
    client = build_client(json.loads(sys.stdin.readline()))
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(call(client, asked["operation"], asked["parameters"]), default=as_json), flush=True)


main()
