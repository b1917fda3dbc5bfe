/** The body of an error of Azure Resource Manager. */
export interface ArmError {
  error: { code: string; message: string; details?: { code: string; message: string }[] };
}

export function armError(code: string, message: string, details?: ArmError['error']['details']): ArmError {
  return { error: { code, message, ...(details === undefined ? {} : { details }) } };
}
