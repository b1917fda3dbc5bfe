import { Inject, Injectable, type OnModuleInit, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService } from '@nestjs/core';

import { ACCESS, type Access } from './access.js';

/** A route, and who may call it, where it says so. */
export interface RouteAccess {
  /** `GET v1/vendor-account` */
  route: string;
  access: Access | undefined;
}

/** Keeps Muster from starting with a route that says nothing of who may call it. */
@Injectable()
export class RouteCheck implements OnModuleInit {
  constructor(@Inject(DiscoveryService) private readonly discovery: DiscoveryService) {}

  /** @throws {Error} naming the routes that forgot it. */
  onModuleInit(): void {
    const controllers = this.discovery.getControllers().map(({ metatype }) => metatype as Type);
    const silent = controllers.flatMap(routesOf).filter(({ access }) => access === undefined);
    if (silent.length === 0) return;
    throw new Error(
      `Mark with @Requires, @AnyCaller or @Public who may call ${silent.map(({ route }) => route).join(', ')}.`,
    );
  }
}

/** The routes of a controller. */
export function routesOf(controller: Type): RouteAccess[] {
  const prototype = controller.prototype as Record<string, unknown>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = prototype[name];
    if (typeof handler !== 'function') return [];
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return []; // no handler of a route
    const path = [controller, handler]
      .map((target) => Reflect.getMetadata(PATH_METADATA, target) as string)
      .filter((part) => part !== '/')
      .join('/');
    const access = [handler, controller]
      .map((target) => Reflect.getMetadata(ACCESS, target) as Access | undefined)
      .find((each) => each !== undefined);
    return [{ route: `${RequestMethod[method]} ${path}`, access }];
  });
}
