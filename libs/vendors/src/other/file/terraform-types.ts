import { RESOURCE_TYPES } from '../resource-types.js';

type ResourceType = (typeof RESOURCE_TYPES)[number];

/** What well-known providers call the types that several vendors have. Anything else is `otherResources`. */
const NAMES: Readonly<Partial<Record<ResourceType, string>>> = {
  buckets:
    'aws_s3_bucket google_storage_bucket alicloud_oss_bucket huaweicloud_obs_bucket azurerm_storage_container ' +
    'digitalocean_spaces_bucket tencentcloud_cos_bucket oci_objectstorage_bucket',
  cloudservers:
    'aws_instance azurerm_linux_virtual_machine azurerm_windows_virtual_machine azurerm_virtual_machine ' +
    'google_compute_instance alicloud_instance huaweicloud_compute_instance openstack_compute_instance_v2 ' +
    'vsphere_virtual_machine digitalocean_droplet hcloud_server tencentcloud_instance oci_core_instance ' +
    'linode_instance vultr_instance scaleway_instance_server ibm_is_instance proxmox_vm_qemu ' +
    'proxmox_virtual_environment_vm nutanix_virtual_machine',
  clusters:
    'aws_eks_cluster azurerm_kubernetes_cluster google_container_cluster alicloud_cs_managed_kubernetes ' +
    'huaweicloud_cce_cluster digitalocean_kubernetes_cluster openstack_containerinfra_cluster_v1 ' +
    'tencentcloud_kubernetes_cluster',
  functions:
    'aws_lambda_function azurerm_linux_function_app azurerm_windows_function_app google_cloudfunctions_function ' +
    'google_cloudfunctions2_function alicloud_fc_function huaweicloud_fgs_function tencentcloud_scf_function',
  hosts: 'vsphere_host aws_ec2_host azurerm_dedicated_host huaweicloud_deh_instance',
  images:
    'aws_ami azurerm_image google_compute_image alicloud_image huaweicloud_images_image openstack_images_image_v2',
  instances:
    'aws_db_instance aws_rds_cluster google_sql_database_instance alicloud_db_instance huaweicloud_rds_instance ' +
    'azurerm_mssql_database azurerm_postgresql_flexible_server azurerm_mysql_flexible_server ' +
    'digitalocean_database_cluster tencentcloud_mysql_instance',
  keypairs:
    'aws_key_pair alicloud_ecs_key_pair alicloud_key_pair huaweicloud_kps_keypair openstack_compute_keypair_v2 ' +
    'azurerm_ssh_public_key hcloud_ssh_key digitalocean_ssh_key',
  loadbalancers:
    'aws_lb aws_alb aws_elb azurerm_lb azurerm_application_gateway alicloud_slb_load_balancer ' +
    'alicloud_alb_load_balancer alicloud_nlb_load_balancer huaweicloud_elb_loadbalancer ' +
    'huaweicloud_lb_loadbalancer openstack_lb_loadbalancer_v2 digitalocean_loadbalancer hcloud_load_balancer',
  natGateways:
    'aws_nat_gateway azurerm_nat_gateway alicloud_nat_gateway huaweicloud_nat_gateway tencentcloud_nat_gateway',
  networkInterfaces:
    'aws_network_interface azurerm_network_interface alicloud_ecs_network_interface openstack_networking_port_v2',
  networks: 'openstack_networking_network_v2 hcloud_network vsphere_distributed_port_group',
  publicips:
    'aws_eip azurerm_public_ip google_compute_address alicloud_eip_address alicloud_eip huaweicloud_vpc_eip ' +
    'openstack_networking_floatingip_v2 digitalocean_floating_ip digitalocean_reserved_ip hcloud_floating_ip ' +
    'hcloud_primary_ip tencentcloud_eip',
  routeTables: 'aws_route_table azurerm_route_table alicloud_route_table huaweicloud_vpc_route_table',
  scalingGroups:
    'aws_autoscaling_group azurerm_linux_virtual_machine_scale_set azurerm_windows_virtual_machine_scale_set ' +
    'google_compute_instance_group_manager alicloud_ess_scaling_group huaweicloud_as_group',
  securityGroups:
    'aws_security_group azurerm_network_security_group alicloud_security_group huaweicloud_networking_secgroup ' +
    'openstack_networking_secgroup_v2 tencentcloud_security_group',
  snapshots:
    'aws_ebs_snapshot azurerm_snapshot google_compute_snapshot alicloud_ecs_snapshot alicloud_snapshot ' +
    'huaweicloud_evs_snapshot',
  subnets:
    'aws_subnet azurerm_subnet google_compute_subnetwork alicloud_vswitch huaweicloud_vpc_subnet ' +
    'openstack_networking_subnet_v2 tencentcloud_subnet oci_core_subnet',
  volumes:
    'aws_ebs_volume azurerm_managed_disk google_compute_disk alicloud_disk alicloud_ecs_disk ' +
    'huaweicloud_evs_volume openstack_blockstorage_volume_v3 digitalocean_volume hcloud_volume ' +
    'tencentcloud_cbs_storage oci_core_volume vsphere_virtual_disk',
  vpcs:
    'aws_vpc azurerm_virtual_network google_compute_network alicloud_vpc huaweicloud_vpc digitalocean_vpc ' +
    'tencentcloud_vpc oci_core_vcn',
  zones:
    'aws_route53_zone azurerm_dns_zone azurerm_private_dns_zone google_dns_managed_zone openstack_dns_zone_v2 ' +
    'huaweicloud_dns_zone',
};

const TYPES: ReadonlyMap<string, ResourceType> = new Map(
  (Object.entries(NAMES) as [ResourceType, string][]).flatMap(([type, names]) =>
    names.split(' ').map((name): [string, ResourceType] => [name, type]),
  ),
);

export const GENERIC_TYPE = 'otherResources';

/** Every type that a state's resources may be of: each is listed, so that what is gone from a state is found gone. */
export const STATE_TYPES: readonly ResourceType[] = RESOURCE_TYPES.filter(
  (type) => type === GENERIC_TYPE || NAMES[type] !== undefined,
);

/** Our type of what Terraform calls `aws_instance`. */
export function typeOfTerraform(name: string): ResourceType {
  return TYPES.get(name) ?? GENERIC_TYPE;
}
