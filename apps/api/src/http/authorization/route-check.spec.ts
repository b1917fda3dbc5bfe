import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplicationContext, Module, Post } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';

import { Public, Requires } from './access.js';
import { RouteCheck, routesOf } from './route-check.js';

@Controller('v1/good')
class Good {
  @Get()
  @Requires('coc:instance:listResources')
  list(): string {
    return 'answer';
  }

  @Get('health')
  @Public()
  health(): string {
    return 'answer';
  }

  /** No route. */
  helper(): string {
    return 'answer';
  }
}

@Public()
@Controller()
class Open {
  @Get('open')
  open(): string {
    return 'answer';
  }

  @Post('closed')
  @Requires('coc:syncTask:cancel')
  closed(): string {
    return 'answer';
  }
}

@Controller('v1/forgetful')
class Forgetful {
  @Post(':id/forgotten')
  forgotten(): string {
    return 'answer';
  }

  @Get()
  @Public()
  remembered(): string {
    return 'answer';
  }
}

@Module({ imports: [DiscoveryModule], controllers: [Good, Open], providers: [RouteCheck] })
class GoodModule {}

@Module({ imports: [DiscoveryModule], controllers: [Good, Forgetful], providers: [RouteCheck] })
class ForgetfulModule {}

let app: INestApplicationContext | undefined;
afterEach(() => app?.close());

const start = async (module: object) => {
  app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
};

describe('RouteCheck', () => {
  it('lets a Muster start whose routes all say who may call them', async () => {
    await start(GoodModule);
    expect(app).toBeDefined();
  });

  it('lets none start with a route that does not', async () => {
    await expect(start(ForgetfulModule)).rejects.toThrow(
      'Mark with @Requires, @AnyCaller or @Public who may call POST v1/forgetful/:id/forgotten.',
    );
  });
});

describe('routesOf', () => {
  it('tells routes and access, the method’s before the class’s', () => {
    expect([Good, Open, Forgetful].flatMap(routesOf)).toEqual([
      { route: 'GET v1/good', access: 'coc:instance:listResources' },
      { route: 'GET v1/good/health', access: 'anybody' },
      { route: 'GET open', access: 'anybody' },
      { route: 'POST closed', access: 'coc:syncTask:cancel' },
      { route: 'POST v1/forgetful/:id/forgotten', access: undefined },
      { route: 'GET v1/forgetful', access: 'anybody' },
    ]);
  });
});
