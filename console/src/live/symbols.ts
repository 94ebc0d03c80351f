// The things of the live picture as one call to the graphics card: a table of numbers, and shapes drawn from them.
import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from 'maplibre-gl'
import { type Table, WIDTH } from './things'

/** Half the side of the square that a symbol with its course stands in, in pixels. */
const REACH_PX = 22
/** The same of a symbol without its course: where many stand, strokes would cover them, and each pixel costs. */
const BARE_PX = 10
const MANY = 1_000
/** Where thousands stand on one map they are drawn small. */
const CROWD = 4_000
const SMALL = 0.6
/** Where a press still counts as on the symbol, in pixels. */
export const BODY_PX = 9

const VERTEX = `#version 300 es
in vec2 corner;
in vec4 thing;
uniform mat4 matrix;
uniform vec2 pixel;
uniform float reach;
uniform float scale;
out vec2 at;
flat out float course;
flat out int code;
void main() {
  code = int(thing.w);
  course = thing.z;
  at = corner * reach;
  vec4 place = matrix * vec4(thing.xy, 0.0, 1.0);
  gl_Position = thing.w < 0.0 ? vec4(2.0, 2.0, 2.0, 1.0) : place + vec4(corner.x, -corner.y, 0.0, 0.0) * vec4(pixel * reach * scale, 0.0, 0.0) * place.w;
}`

// Shapes tell the kind, fillings whose word lets a position out, dashes that it is old. One ink: nothing by colour.
const FRAGMENT = `#version 300 es
precision highp float;
in vec2 at;
flat in float course;
flat in int code;
uniform vec3 ink;
uniform vec3 halo;
uniform bool bare;
out vec4 colour;

float polygon(vec2 p, float sides, float radius) {
  float angle = atan(p.x, p.y); // a flat side down, a corner up
  float part = 6.2831853 / sides;
  return cos(floor(0.5 + angle / part) * part - angle) * length(p) - radius;
}
float segment(vec2 p, vec2 a, vec2 b) {
  vec2 pa = p - a, ba = b - a;
  return length(pa - ba * clamp(dot(pa, ba) / dot(ba, ba), 0.0, 1.0));
}
float body(int kind, vec2 p) {
  if (kind == 0) return polygon(p - vec2(0.0, 1.0), 3.0, 3.6);                       // aeroplane: triangle up
  if (kind == 1) return max(abs(p.x) - 1.4 - 0.7 * abs(p.y), abs(p.y) - 6.0) * 0.85; // helicopter: hourglass
  if (kind == 2) return polygon(vec2(p.x, -p.y - 1.0), 3.0, 3.2);                    // drone: triangle down
  if (kind == 3) return max(length(p + vec2(0.0, 3.0)) - 7.2, -(p.y + 3.0));         // vessel: a hull
  if (kind == 4) return polygon(p, 5.0, 4.9);                                        // vehicle: five sides
  if (kind == 5) return segment(p, vec2(-4.5, 0.0), vec2(4.5, 0.0)) - 3.9;           // convoy: a long one
  if (kind == 6) return min(length(p - vec2(-2.9, 0.0)), length(p - vec2(2.9, 0.0))) - 3.3; // persons: two discs
  return length(p) - 5.4;                                                            // unknown: a disc
}
void main() {
  int kind = code & 7;
  int standing = (code >> 3) & 3;
  bool stale = (code & 32) != 0;
  float d = body(kind, at);
  float edge = abs(d) - 0.85;
  float dash = fract(atan(at.y, at.x) / 6.2831853 * 8.0);
  if (stale && dash > 0.55) edge = 100.0;

  // own: filled; consenting: left half; released: stripes; other: open, on the halo's ground.
  float filled = 0.0;
  if (standing == 0) filled = 1.0;
  else if (standing == 1) filled = step(at.x, 0.0);
  else if (standing == 2) filled = step(0.5, fract(at.y / 3.2));
  float inside = clamp(0.5 - d, 0.0, 1.0);

  vec2 way = vec2(sin(radians(course)), -cos(radians(course)));
  float tick = bare || course < 0.0 || stale ? 100.0 : segment(at, way * 8.0, way * 17.0) - 0.8;

  float line = clamp(0.5 - min(edge, tick), 0.0, 1.0);
  float glow = clamp(0.5 - (min(stale ? edge : max(d, 0.0), tick) - 1.6), 0.0, 1.0) * 0.85;
  float dark = line;
  if (stale) dark = max(dark, standing == 0 ? clamp(0.5 - (length(at) - 1.6), 0.0, 1.0) : 0.0);
  else dark = max(dark, inside * filled);
  float ground = stale ? glow : max(glow, inside);
  float alpha = max(dark, ground);
  if (alpha < 0.01) discard;
  colour = vec4(mix(halo, ink, dark / max(alpha, 0.001)) * alpha, alpha);
}`

type Shade = [number, number, number]
const UNIFORMS = ['matrix', 'pixel', 'reach', 'scale', 'bare', 'ink', 'halo'] as const
const CORNERS = new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1])

/** Read a colour of the page as the shader wants it. */
export function shade(name: string): Shade {
  const value = getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const number = Number.parseInt(value.slice(1), 16)
  return [(number >> 16) / 255, ((number >> 8) & 255) / 255, (number & 255) / 255]
}

export class Symbols implements CustomLayerInterface {
  readonly id = 'live-things'
  readonly type = 'custom' as const
  readonly renderingMode = '2d' as const
  private map: MapLibre | undefined
  private program: WebGLProgram | null = null
  private buffer: WebGLBuffer | null = null
  private shapes: WebGLVertexArrayObject | null = null
  private readonly places = new Map<string, WebGLUniformLocation | null>()
  private fresh = true
  private ink: Shade = [0, 0, 0]
  private halo: Shade = [1, 1, 1]

  constructor(private readonly table: Table) {}

  /** The table has changed: draw it anew with the next picture. */
  renew(): void {
    this.fresh = true
    this.map?.triggerRepaint()
  }

  onAdd(map: MapLibre, context: WebGLRenderingContext | WebGL2RenderingContext): void {
    const gl = context as WebGL2RenderingContext
    this.map = map
    this.ink = shade('--map-incident')
    this.halo = shade('--map-halo')
    const program = gl.createProgram()
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
      const shader = gl.createShader(kind)
      if (!shader) return
      gl.shaderSource(shader, text)
      gl.compileShader(shader)
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) ?? 'shader')
      gl.attachShader(program, shader)
    }
    gl.linkProgram(program)
    this.program = program
    // Looked up once: each look waits for the graphics process.
    for (const name of UNIFORMS) this.places.set(name, gl.getUniformLocation(program, name))
    this.shapes = gl.createVertexArray()
    gl.bindVertexArray(this.shapes)
    const corners = gl.createBuffer()
    gl.bindBuffer(gl.ARRAY_BUFFER, corners)
    gl.bufferData(gl.ARRAY_BUFFER, CORNERS, gl.STATIC_DRAW)
    const corner = gl.getAttribLocation(program, 'corner')
    gl.enableVertexAttribArray(corner)
    gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0)
    this.buffer = gl.createBuffer()
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer)
    const thing = gl.getAttribLocation(program, 'thing')
    gl.enableVertexAttribArray(thing)
    gl.vertexAttribPointer(thing, WIDTH, gl.FLOAT, false, 0, 0)
    gl.vertexAttribDivisor(thing, 1)
    gl.bindVertexArray(null)
    this.fresh = true
  }

  render(context: WebGLRenderingContext | WebGL2RenderingContext, options: CustomRenderMethodInput): void {
    const gl = context as WebGL2RenderingContext
    if (!this.program || !this.map || !this.table.size) return
    gl.useProgram(this.program)
    gl.bindVertexArray(this.shapes)
    if (this.fresh) {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffer)
      gl.bufferData(gl.ARRAY_BUFFER, this.table.numbers.subarray(0, this.table.size * WIDTH), gl.DYNAMIC_DRAW)
      this.fresh = false
    }
    const ratio = this.map.getPixelRatio()
    const place = (name: (typeof UNIFORMS)[number]) => this.places.get(name) ?? null
    gl.uniformMatrix4fv(place('matrix'), false, options.defaultProjectionData.mainMatrix as Float32Array)
    gl.uniform2f(place('pixel'), (2 * ratio) / gl.drawingBufferWidth, (2 * ratio) / gl.drawingBufferHeight)
    const bare = this.table.size > MANY
    gl.uniform1f(place('reach'), bare ? BARE_PX : REACH_PX)
    gl.uniform1f(place('scale'), this.table.size > CROWD ? SMALL : 1)
    gl.uniform1i(place('bare'), Number(bare))
    gl.uniform3f(place('ink'), ...this.ink)
    gl.uniform3f(place('halo'), ...this.halo)
    gl.disable(gl.DEPTH_TEST)
    gl.disable(gl.STENCIL_TEST)
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.table.size)
    gl.bindVertexArray(null)
  }

  onRemove(_map: MapLibre, context: WebGLRenderingContext | WebGL2RenderingContext): void {
    const gl = context as WebGL2RenderingContext
    gl.deleteProgram(this.program)
    gl.deleteBuffer(this.buffer)
    gl.deleteVertexArray(this.shapes)
    this.program = null
  }
}
