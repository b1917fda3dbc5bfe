import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';

import { MusterRpc, type MusterRpcOptions } from './muster-rpc.js';

/** Lets a Nest service call Muster: import it once, and inject MusterRpc wherever it is wanted. */
@Module({})
export class MusterRpcModule {
  static forRoot(options: MusterRpcOptions): DynamicModule {
    return MusterRpcModule.forRootAsync({ useFactory: () => options });
  }

  /** With options that come of other providers, such as a configuration. */
  static forRootAsync({
    useFactory,
    inject = [],
  }: Pick<FactoryProvider<MusterRpcOptions>, 'useFactory' | 'inject'>): DynamicModule {
    return {
      module: MusterRpcModule,
      global: true,
      providers: [
        {
          provide: MusterRpc,
          inject,
          useFactory: async (...dependencies: never[]) =>
            new MusterRpc(
              await (useFactory as (...given: never[]) => Promise<MusterRpcOptions>)(...dependencies),
            ),
        },
      ],
      exports: [MusterRpc],
    };
  }
}
