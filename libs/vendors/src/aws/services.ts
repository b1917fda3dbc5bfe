import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EKSClient } from '@aws-sdk/client-eks';
import { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { RDSClient } from '@aws-sdk/client-rds';
import { ResourceExplorer2Client } from '@aws-sdk/client-resource-explorer-2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';

import type { CallLimit } from '#domain';

/** The SDK's client of each service, under the name that the service has in permissions. */
export const SERVICES = {
  ec2: EC2Client,
  sts: STSClient,
  rds: RDSClient,
  elasticloadbalancing: ElasticLoadBalancingV2Client,
  'elasticloadbalancing-classic': ElasticLoadBalancingClient,
  autoscaling: AutoScalingClient,
  eks: EKSClient,
  lambda: LambdaClient,
  s3: S3Client,
  route53: Route53Client,
  organizations: OrganizationsClient,
  'resource-explorer-2': ResourceExplorer2Client,
} as const;

export type AwsService = keyof typeof SERVICES;

/**
 * What AWS documents; by region, which is what the gate's names have behind the slash. EC2 gives each action such
 * a bucket ("Request throttling for the Amazon EC2 API"): taken together, we stay far below. Route 53: "Quotas",
 * one bucket for all actions. Lambda: 15 control plane calls a second ("Lambda quotas"). Resource Explorer: 3 a
 * second, which AWS does not raise. Of the others nobody says; their limits are learned when they throttle.
 */
export const QUOTAS: Readonly<Partial<Record<AwsService, CallLimit>>> = {
  ec2: { perSecond: 20, burst: 100 },
  route53: { perSecond: 10, burst: 50 },
  lambda: { perSecond: 15, burst: 15 },
  'resource-explorer-2': { perSecond: 3, burst: 3 },
};
