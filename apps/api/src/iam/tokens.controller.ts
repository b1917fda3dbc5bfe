import {
  Body,
  Controller,
  Header,
  HttpCode,
  HttpStatus,
  Inject,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import { type CredentialIdentity, CredentialRepository, SessionTokenRepository } from '#database';
import { LOGGER, type Logger } from '#platform';

import { AuditTrail } from '../audit/audit-trail.js';
import { AuthenticationError } from '../http/authentication/authentication-error.js';
import { logRefusal } from '../http/authentication/log-refusal.js';
import { Public } from '../http/authorization/access.js';
import type { AuthenticatedRequest } from '../http/caller.js';
import { RefusesWith } from '../http/openapi/refuses-with.js';
import { TokenDto, toTokenDto } from './dto/token.dto.js';
import {
  type NamedDto,
  type ScopeDto,
  type SignInUserDto,
  TokenOptionsDto,
  TokenRequestDto,
} from './dto/token-request.dto.js';
import { originOf } from './origin.js';
import { projectId } from './project.js';

/** What the audit log calls it: nobody's policy decides about it. */
const SIGN_IN = 'iam:tokens:create';

/** Tokens as Huawei's IAM gives them, for clients that sign in with a name and a password. */
@ApiTags('Identity')
@Controller('v3/auth/tokens')
export class TokensController {
  constructor(
    @Inject(CredentialRepository) private readonly credentials: CredentialRepository,
    @Inject(SessionTokenRepository) private readonly tokens: SessionTokenRepository,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @Post()
  @Public()
  @HttpCode(HttpStatus.CREATED)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'KeystoneCreateUserTokenByPassword',
    summary: 'Get a token for a name and a password',
    description:
      'The name is that of a credential (or its access key), the domain its tenant, the password its secret: ' +
      'an API key or a secret key. The token is good for 24 hours as X-Auth-Token, at most as long as the secret.',
  })
  @ApiCreatedResponse({
    type: TokenDto,
    headers: { 'X-Subject-Token': { description: 'The token.', schema: { type: 'string' } } },
  })
  @RefusesWith({
    unauthenticated: 'The name or the password is wrong, or the scope is of another tenant.',
    unavailable: 'The database does not answer.',
  })
  async create(
    @Body() { auth: { identity, scope = {} } }: TokenRequestDto,
    @Query() { nocatalog }: TokenOptionsDto,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenDto> {
    request.action = SIGN_IN;
    try {
      const { credential, endsAt } = await this.signIn(identity.password.user);
      checkScope(scope, credential);
      this.audit.begin(request, { credentialId: credential.id, tenantId: credential.tenantId });
      const issued = await this.tokens.issue(credential.id, endsAt);
      void reply.header('X-Subject-Token', issued.token);
      return toTokenDto(credential, issued, scope, nocatalog === undefined ? originOf(request) : undefined);
    } catch (error) {
      throw logRefusal(this.log, request, error);
    }
  }

  /** @throws {AuthenticationError} the same for a wrong name and a wrong password */
  private async signIn({
    id,
    name = id,
    domain,
    password,
  }: SignInUserDto): Promise<{ credential: CredentialIdentity; endsAt: Date | null }> {
    const tenant = domain?.id ?? domain?.name;
    if (name === undefined) throw wrongPassword('no name was sent');
    const found = await this.credentials.findByName(
      { name: id ?? name, ...(tenant === undefined ? {} : { tenant }) },
      password,
    );
    if ('refused' in found) {
      const { refused, credentialId } = found;
      throw wrongPassword(`the credential or its secret is ${refused}`, credentialId);
    }
    const { caller, lastUsedAt, endsAt } = found;
    const credential = await this.credentials.describe(caller.credentialId);
    if (credential === undefined) throw wrongPassword('the credential is unknown');
    await this.credentials.markUsed(credential.id, lastUsedAt);
    return { credential, endsAt };
  }
}

/** @throws {AuthenticationError} when the token is asked for somebody else's domain or project. */
function checkScope({ project, domain }: ScopeDto, { id, tenantId, tenantName }: CredentialIdentity): void {
  const ids = [tenantId, projectId(tenantId)];
  const isForeign = (named: NamedDto | undefined, names: readonly (string | undefined)[]) =>
    (named?.id !== undefined && !ids.includes(named.id)) ||
    (named?.name !== undefined && !names.includes(named.name));
  const foreign =
    isForeign(domain, [tenantName]) ||
    isForeign(project?.domain, [tenantName]) ||
    isForeign(project, [project?.name]);
  if (!foreign) return;
  throw new AuthenticationError('the scope is not of the domain of this credential', undefined, {
    credential: id,
  });
}

function wrongPassword(reason: string, credential?: string): AuthenticationError {
  return new AuthenticationError(
    'the user name or password is wrong',
    reason,
    credential === undefined ? {} : { credential },
  );
}
